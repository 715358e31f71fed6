#include "tasks/classify.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tasks/fields.h"
#include "tasks/picture_input.h"
#include "tensor/encode.h"

namespace hone {
namespace {

std::vector<double> numbers(const Tensor& tensor) {
  std::vector<double> values(static_cast<size_t>(tensor.dims().elements()));
  const int64_t size = info(tensor.dtype()).block_bytes;
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = decode_element(tensor.dtype(), tensor.view().data + static_cast<int64_t>(i) * size);
  }
  return values;
}

double sum_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

// Rounding moves each by half a step at most.
bool are_probabilities(const ClassScores& scores) {
  const double slack = 1e-2 + scores.step / 2 * static_cast<double>(scores.values.size());
  const double sum = sum_of(scores.values);
  return sum > 0 && std::abs(sum - 1) < slack &&
         std::ranges::all_of(
             scores.values, [&](double v) { return v >= 0 && v < 1 + 1e-2 + scores.step; });
}

// Many label files count a background first that the model does not have.
bool has_background(const Task& task, size_t classes) { return task.labels.size() == classes + 1; }

}  // namespace

Expected<ScoreActivation> activation_of(const Task& task, ScoreActivation otherwise) {
  HONE_TRY(const Fields output, Fields::of(task.fields, "output"));
  HONE_TRY(const std::string name, output.text("activation"));
  if (name.empty()) return otherwise;
  if (name == "softmax") return ScoreActivation::softmax;
  if (name == "sigmoid") return ScoreActivation::sigmoid;
  if (name == "none") return ScoreActivation::none;
  return output.wrong("activation", "softmax, sigmoid or none");
}

void activate(std::vector<double>& values, ScoreActivation activation) {
  if (activation == ScoreActivation::none) return;
  if (activation == ScoreActivation::sigmoid) {
    for (double& value : values) value = 1 / (1 + std::exp(-value));
    return;
  }
  const double most = *std::ranges::max_element(values);
  for (double& value : values) value = std::exp(value - most);
  const double sum = sum_of(values);
  for (double& value : values) value /= sum;
}

Expected<ClassScores> class_scores(const Outputs& outputs) {
  if (outputs.tensors.empty()) return fail(Code::invalid_argument, "the model has no output");
  const Tensor& tensor = outputs.tensors[0];
  const int64_t count = tensor.view().empty() ? 0 : tensor.dims().elements();
  if (count == 0 || tensor.dtype() == DType::string) {
    return fail(Code::invalid_argument, "the model's output holds no scores");
  }
  ClassScores scores{numbers(tensor), outputs.steps.empty() ? 0 : outputs.steps[0]};
  if (tensor.dtype() == DType::i8 || tensor.dtype() == DType::u8) {
    scores.step = 1.0 / 256;
    const double zero = tensor.dtype() == DType::i8 ? -128 : 0;
    for (double& value : scores.values) value = (value - zero) * scores.step;
  }
  if (std::ranges::any_of(scores.values, [](double v) { return std::isnan(v); })) {
    return fail(Code::corrupt, "the model's output is not a number (NaN)");
  }
  return scores;
}

Expected<ClassScores> class_scores(const TaskModel& model, const Task& task, const Image& image) {
  if (model.inputs.size() != 1) {
    return fail(Code::invalid_argument, "a classifier has one input, this model ",
                model.inputs.size());
  }
  HONE_TRY(PictureTensor picture, picture_tensor(image, task.picture, model.input_type(0)));
  const RunValue input(std::move(picture.tensor));
  HONE_TRY(const Outputs outputs, model.run({&input, 1}));
  return class_scores(outputs);
}

Expected<std::vector<double>> class_probabilities(const ClassScores& scores, const Task& task) {
  HONE_TRY(const ScoreActivation activation, activation_of(task, ScoreActivation::guess));
  std::vector<double> values = scores.values;
  if (activation != ScoreActivation::guess || !are_probabilities(scores)) {
    activate(values, activation);
  } else if (scores.step > 0) {
    const double sum = sum_of(values);
    for (double& value : values) value /= sum;
  }
  return values;
}

std::span<const std::string> class_labels(const Task& task, size_t classes) {
  return std::span(task.labels).subspan(has_background(task, classes) ? 1 : 0);
}

Expected<std::vector<Class>> top_classes(const ClassScores& scores, const Task& task, size_t top) {
  HONE_TRY(const std::vector<double> values, class_probabilities(scores, task));
  if (!has_background(task, values.size())) {
    HONE_RETURN_IF_ERROR(check_labels(task, values.size()));
  }
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  top = std::min(top, order.size());
  std::ranges::partial_sort(
      order, order.begin() + static_cast<std::ptrdiff_t>(top),
      [&](size_t a, size_t b) { return values[a] != values[b] ? values[a] > values[b] : a < b; });
  const std::span<const std::string> labels = class_labels(task, values.size());
  std::vector<Class> classes;
  for (const size_t index : std::span(order).first(top)) {
    classes.push_back(
        {static_cast<int64_t>(index), index < labels.size() ? labels[index] : "", values[index]});
  }
  return classes;
}

Expected<std::vector<Class>> classify(const TaskModel& model, const Task& task, const Image& image,
                                      size_t top) {
  HONE_TRY(const ClassScores scores, class_scores(model, task, image));
  return top_classes(scores, task, top);
}

}  // namespace hone
