#include "tasks/keyword.h"

#include <algorithm>
#include <cmath>

#include "ops/shape_rules.h"
#include "tasks/fields.h"
#include "tensor/encode.h"

namespace hone {
namespace {

constexpr int kMaxKeywordSamples = 1 << 22;

Expected<Tensor> input_of(const Type& type, const KeywordOptions& options,
                          const std::vector<float>& features) {
  const DType dtype = type.is_tensor() ? type.tensor.dtype : DType::f32;
  if (!is_number(dtype) || info(dtype).block_elements != 1) {
    return fail(Code::invalid_argument, "the model's input is no tensor of numbers");
  }
  std::vector<int64_t> sizes;
  for (const Dim& dim : type.tensor.shape) sizes.push_back(dim.is_symbol() ? 1 : dim.value());
  const Dims dims(sizes);
  if (dims.elements() != static_cast<int64_t>(features.size())) {
    return fail(Code::invalid_argument, "the model takes ", to_text(type.tensor.shape, {}),
                ", but the task's features of a window are ", features.size(), " numbers");
  }
  HONE_TRY(Tensor tensor, Tensor::allocate(dtype, dims));
  std::byte* bytes = tensor.writable().data;
  for (size_t i = 0; i < features.size(); ++i) {
    double value = static_cast<double>(features[i]);
    if (!is_float(dtype)) value = std::nearbyint(value / options.code_scale) + options.code_zero;
    encode_element(dtype, value, bytes + static_cast<int64_t>(i) * info(dtype).block_bytes);
  }
  return tensor;
}

}  // namespace

Expected<KeywordOptions> keyword_options(const Task& task) {
  HONE_TRY(const Fields input, Fields::of(task.fields, "input"));
  const Fields whole = Fields::whole(task.fields);
  KeywordOptions options;
  HONE_TRY(options.rate, input.integer("sample_rate", 16000, 1000, 768000));
  HONE_TRY(const int window, input.integer("samples", options.rate, 1, kMaxKeywordSamples));
  HONE_TRY(const int step, input.integer("step", std::max(1, window / 4), 1, window));
  options.window = static_cast<size_t>(window);
  options.step = static_cast<size_t>(step);
  HONE_TRY(const std::string level, input.text("level", "none"));
  if (level != "none" && level != "peak") return input.wrong("level", "none or peak");
  if (level == "peak") options.level = KeywordOptions::Level::peak;
  const Json* features = input.find("features");
  if (features != nullptr && features->as_object() == nullptr) {
    return input.wrong("features", "an object");
  }
  HONE_TRY(options.features,
           mel_options(features == nullptr ? Json::object() : *features, options.rate));
  HONE_TRY(options.code_scale, input.number("code_scale", 1, 1e-12, 1e12));
  HONE_TRY(options.code_zero, input.integer("code_zero", 0, -(1 << 30), 1 << 30));
  HONE_TRY(options.threshold, whole.number("threshold", 0.5, 0, 1));
  HONE_TRY(const double cooldown_ms, whole.number("cooldown_ms", 750, 0, 1e6));
  options.cooldown = static_cast<int64_t>(cooldown_ms * options.rate / 1000);
  HONE_TRY(options.silent, whole.texts("silent"));
  return options;
}

Expected<KeywordSpotter> KeywordSpotter::create(TaskModel model, const Task& task) {
  HONE_TRY(KeywordOptions options, keyword_options(task));
  if (model.inputs.size() != 1 || model.outputs.empty()) {
    return fail(Code::invalid_argument, "a keyword model has one input, this one ",
                model.inputs.size());
  }
  if (!model.input_type(0).is_tensor()) {
    return fail(Code::invalid_argument, "the model's input is no tensor");
  }
  return KeywordSpotter(std::move(model), task, std::move(options));
}

Expected<Class> KeywordSpotter::hear(std::span<const float> window) const {
  std::vector<float> samples(window.begin(), window.end());
  samples.resize(options_.window);
  const float peak = *std::ranges::max_element(samples);
  if (options_.level == KeywordOptions::Level::peak && peak > 0) {
    for (float& sample : samples) sample /= peak;
  }
  HONE_TRY(Tensor tensor, input_of(model_.input_type(0), options_, features_.compute(samples)));
  const RunValue input(std::move(tensor));
  HONE_TRY(const Outputs outputs, model_.run({&input, 1}));
  HONE_TRY(const ClassScores scores, class_scores(outputs));
  HONE_TRY(const std::vector<Class> best, top_classes(scores, task_, 1));
  return best[0];
}

Status KeywordSpotter::decide(std::vector<Keyword>& heard) {
  HONE_TRY(const Class best, hear(window_));
  decided_ = true;
  const int64_t end = start_ + static_cast<int64_t>(window_.size());
  const bool is_word = std::ranges::find(options_.silent, best.label) == options_.silent.end();
  if (is_word && best.probability >= options_.threshold && start_ >= quiet_until_) {
    heard.push_back({start_, end, best});
    quiet_until_ = start_ + options_.cooldown;
  }
  return {};
}

Expected<std::vector<Keyword>> KeywordSpotter::push(std::span<const float> samples) {
  std::vector<Keyword> heard;
  while (!samples.empty()) {
    const size_t count = std::min(options_.window - window_.size(), samples.size());
    window_.insert(window_.end(), samples.begin(),
                   samples.begin() + static_cast<std::ptrdiff_t>(count));
    samples = samples.subspan(count);
    if (window_.size() < options_.window) break;
    HONE_RETURN_IF_ERROR(decide(heard));
    window_.erase(window_.begin(), window_.begin() + static_cast<std::ptrdiff_t>(options_.step));
    start_ += static_cast<int64_t>(options_.step);
  }
  return heard;
}

Expected<std::vector<Keyword>> KeywordSpotter::finish() {
  std::vector<Keyword> heard;
  // What of the window behind the last decision is new: less than a step.
  const size_t old = decided_ ? options_.window - options_.step : 0;
  if (window_.size() > old) HONE_RETURN_IF_ERROR(decide(heard));
  window_.clear();
  return heard;
}

}  // namespace hone
