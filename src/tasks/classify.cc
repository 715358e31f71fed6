#include "tasks/classify.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ops/shape_rules.h"
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

bool are_probabilities(std::span<const double> values) {
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  return std::abs(sum - 1) < 1e-2 && std::ranges::all_of(values, [](double v) { return v >= 0; });
}

void softmax(std::vector<double>& values) {
  const double most = *std::ranges::max_element(values);
  double sum = 0;
  for (double& value : values) sum += value = std::exp(value - most);
  for (double& value : values) value /= sum;
}

// Many label files count a background first that the model does not have.
bool has_background(const Task& task, size_t classes) { return task.labels.size() == classes + 1; }

}  // namespace

std::span<const std::string> class_labels(const Task& task, size_t classes) {
  return std::span(task.labels).subspan(has_background(task, classes) ? 1 : 0);
}

Expected<std::vector<double>> class_probabilities(const Tensor& scores) {
  if (scores.dtype() == DType::string || scores.dims().elements() == 0) {
    return fail(Code::invalid_argument, "the model's output holds no scores");
  }
  std::vector<double> values = numbers(scores);
  if (std::ranges::any_of(values, [](double v) { return std::isnan(v); })) {
    return fail(Code::corrupt, "the model's output is not a number (NaN)");
  }
  // Quantized probabilities are codes of 1 / 256, signed ones from -128.
  if (!is_float(scores.dtype())) {
    if (scores.dtype() == DType::i8) std::ranges::for_each(values, [](double& v) { v += 128; });
    const double sum = std::accumulate(values.begin(), values.end(), 0.0);
    for (double& value : values) value = sum > 0 ? value / sum : 0;
  } else if (!are_probabilities(values)) {
    softmax(values);
  }
  return values;
}

Expected<std::vector<Class>> top_classes(const Tensor& scores, const Task& task, size_t top) {
  HONE_TRY(const std::vector<double> values, class_probabilities(scores));
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

Expected<Tensor> class_scores(ProgramSession& session, const Task& task, const Image& image) {
  const Program& program = session.program();
  if (program.inputs.size() != 1) {
    return fail(Code::invalid_argument, "a classifier has one input, this model ",
                program.inputs.size());
  }
  const Type& type = program.values[static_cast<size_t>(program.inputs[0])].type;
  HONE_TRY(PictureTensor picture, picture_tensor(image, task.picture, type));
  const RunValue input(std::move(picture.tensor));
  HONE_TRY(const std::vector<RunValue> outputs, session.run({&input, 1}));
  if (outputs.empty() || outputs[0].kind != RunValue::Kind::tensor) {
    return fail(Code::invalid_argument, "the model's output is no tensor");
  }
  return outputs[0].tensor;
}

Expected<std::vector<Class>> classify(ProgramSession& session, const Task& task, const Image& image,
                                      size_t top) {
  HONE_TRY(const Tensor scores, class_scores(session, task, image));
  return top_classes(scores, task, top);
}

}  // namespace hone
