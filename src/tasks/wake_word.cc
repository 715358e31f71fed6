#include "tasks/wake_word.h"

#include <algorithm>
#include <cstring>

#include "tasks/fields.h"

namespace hone {
namespace {

constexpr int kMaxFrames = 1 << 16;
constexpr int kMaxWakeSamples = 1 << 20;

// The model's input of so many numbers; of its symbolic axes the last takes what the rest leaves.
Expected<Tensor> input_of(const Type& type, std::span<const float> numbers) {
  if (!type.is_tensor() || type.tensor.dtype != DType::f32 || type.tensor.shape.empty()) {
    return fail(Code::invalid_argument, "the model's input is no tensor of floats");
  }
  std::vector<int64_t> sizes;
  int64_t known = 1;
  size_t open = type.tensor.shape.size();
  for (const Dim& dim : type.tensor.shape) {
    if (dim.is_symbol()) open = sizes.size();
    sizes.push_back(dim.is_symbol() ? 1 : dim.value());
    known *= sizes.back();
  }
  const auto count = static_cast<int64_t>(numbers.size());
  if (open < sizes.size() && known > 0 && count % known == 0) sizes[open] = count / known;
  const Dims dims(sizes);
  if (dims.elements() != count) {
    return fail(Code::invalid_argument, "the model takes ", to_text(type.tensor.shape, {}),
                ", but the task gives it ", count, " numbers");
  }
  HONE_TRY(Tensor tensor, Tensor::allocate(DType::f32, dims));
  std::memcpy(tensor.writable().data, numbers.data(), numbers.size_bytes());
  return tensor;
}

Expected<Rows> run_rows(const TaskModel& model, std::string_view output,
                        std::span<const float> numbers) {
  if (model.inputs.size() != 1) {
    return fail(Code::invalid_argument, "the model has ", model.inputs.size(), " inputs, not one");
  }
  HONE_TRY(Tensor tensor, input_of(model.input_type(0), numbers));
  const RunValue input(std::move(tensor));
  HONE_TRY(const Outputs outputs, model.run({&input, 1}));
  const Tensor* found = outputs.find(output);
  if (output.empty() && !outputs.tensors.empty()) found = &outputs.tensors[0];
  if (found == nullptr) {
    return fail(Code::invalid_argument, "the model has no output '", printable(output), "'");
  }
  return rows_of(*found);
}

}  // namespace

Expected<RowWindow> RowWindow::create(const TaskPart& part, int usual_step) {
  HONE_TRY(const Fields input, Fields::of(part.task.fields, "input"));
  HONE_TRY(const Fields output, Fields::of(part.task.fields, "output"));
  RowWindow made;
  made.model_ = part.model;
  HONE_TRY(const int frames, input.integer("frames", 1, 1, kMaxFrames));
  HONE_TRY(const int step, input.integer("step", usual_step, 1, frames));
  HONE_TRY(made.output_, output.text(part.task.kind == "keyword" ? "scores" : "tensor"));
  made.frames_ = static_cast<size_t>(frames);
  made.step_ = static_cast<size_t>(step);
  return made;
}

Expected<std::vector<Rows>> RowWindow::push(std::span<const float> row) {
  std::vector<Rows> results;
  rows_.insert(rows_.end(), row.begin(), row.end());
  if (++count_ < frames_) return results;
  HONE_TRY(Rows rows, run_rows(model_, output_, rows_));
  results.push_back(std::move(rows));
  rows_.erase(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(step_ * row.size()));
  count_ -= step_;
  return results;
}

Expected<WakeWord> WakeWord::create(const WakeWordModels& models, const Task& bundle) {
  HONE_TRY_CONTEXT(RowWindow embedding, RowWindow::create(models.embedding, 1), "embedding");
  HONE_TRY_CONTEXT(RowWindow keyword, RowWindow::create(models.keyword, 1), "keyword");
  WakeWord made(models, std::move(embedding), std::move(keyword), bundle);
  const Json& first = models.spectrogram.task.fields;
  HONE_TRY(const Fields input, Fields::of(first, "input"));
  HONE_TRY(const Fields output, Fields::of(first, "output"));
  const Fields whole = Fields::whole(bundle.fields);
  HONE_TRY(made.rate_, input.integer("sample_rate", 16000, 1000, 768000));
  HONE_TRY(const int samples, input.integer("samples", 1280, 1, kMaxWakeSamples));
  HONE_TRY(const int context, input.integer("context", 0, 0, kMaxWakeSamples));
  HONE_TRY(const int rows, output.integer("frames", 1, 1, kMaxFrames));
  HONE_TRY(const double in_scale, input.number("scale", 1, -1e9, 1e9));
  HONE_TRY(const double out_scale, output.number("scale", 1, -1e9, 1e9));
  HONE_TRY(const double out_add, output.number("add", 0, -1e9, 1e9));
  HONE_TRY(made.threshold_, whole.number("threshold", 0.5, 0, 1));
  HONE_TRY(const double cooldown_ms, whole.number("cooldown_ms", 2000, 0, 1e6));
  made.samples_ = static_cast<size_t>(samples);
  made.context_ = static_cast<size_t>(context);
  made.in_scale_ = static_cast<float>(in_scale);
  made.out_scale_ = static_cast<float>(out_scale);
  made.out_add_ = static_cast<float>(out_add);
  made.cooldown_ = static_cast<int64_t>(cooldown_ms * made.rate_ / 1000);
  const size_t frames =
      (made.keyword_.frames() - 1) * made.embedding_.step() + made.embedding_.frames();
  made.span_ = static_cast<int64_t>(frames) * samples / rows;
  HONE_RETURN_IF_ERROR(made.begin());
  return made;
}

// Before the sound there is silence, so that a word at its beginning fills the windows.
Status WakeWord::begin() {
  chunk_.assign(context_, 0);
  const int64_t chunks = span_ / static_cast<int64_t>(samples_);
  quiet_until_ = INT64_MAX;
  for (int64_t i = 0; i < chunks; ++i) {
    chunk_.resize(context_ + samples_);
    HONE_RETURN_IF_ERROR(run_chunk());
  }
  at_ = 0;
  quiet_until_ = 0;
  return {};
}

Expected<std::vector<Keyword>> WakeWord::run_chunk() {
  at_ += static_cast<int64_t>(samples_);
  std::vector<float> sound = chunk_;
  for (float& sample : sound) sample *= in_scale_;
  chunk_.erase(chunk_.begin(), chunk_.begin() + static_cast<std::ptrdiff_t>(samples_));
  HONE_TRY(Rows bands, run_rows(spectrogram_.model, "", sound));
  for (float& value : bands.values) value = value * out_scale_ + out_add_;
  std::vector<Keyword> heard;
  for (int64_t r = 0; r < bands.rows; ++r) {
    HONE_TRY(const std::vector<Rows> vectors, embedding_.push(bands.row(r)));
    for (const Rows& vector : vectors) {
      HONE_TRY(const std::vector<Rows> scores, keyword_.push(vector.values));
      for (const Rows& score : scores) decide(score, heard);
    }
  }
  return heard;
}

void WakeWord::decide(const Rows& scores, std::vector<Keyword>& heard) {
  const auto best = std::ranges::max_element(scores.values);
  const auto index = static_cast<size_t>(best - scores.values.begin());
  if (!(static_cast<double>(*best) >= threshold_) || at_ < quiet_until_) return;
  const std::string label = index < bundle_.labels.size() ? bundle_.labels[index] : "";
  heard.push_back({std::max<int64_t>(0, at_ - span_),
                   at_,
                   {static_cast<int64_t>(index), label, static_cast<double>(*best)}});
  quiet_until_ = at_ + cooldown_;
}

Expected<std::vector<Keyword>> WakeWord::push(std::span<const float> samples) {
  std::vector<Keyword> heard;
  while (!samples.empty()) {
    const size_t count = std::min(context_ + samples_ - chunk_.size(), samples.size());
    chunk_.insert(chunk_.end(), samples.begin(),
                  samples.begin() + static_cast<std::ptrdiff_t>(count));
    samples = samples.subspan(count);
    if (chunk_.size() < context_ + samples_) break;
    HONE_TRY(const std::vector<Keyword> more, run_chunk());
    heard.insert(heard.end(), more.begin(), more.end());
  }
  return heard;
}

Expected<std::vector<Keyword>> WakeWord::finish() {
  if (chunk_.size() <= context_) return std::vector<Keyword>();
  chunk_.resize(context_ + samples_);
  return run_chunk();
}

}  // namespace hone
