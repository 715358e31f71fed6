#include "tasks/task_model.h"

#include <algorithm>
#include <cstring>

#include "ops/shape_rules.h"
#include "tensor/encode.h"

namespace hone {
namespace {

Expected<Tensor> decoded(const Tensor& tensor, const Codes& codes) {
  HONE_TRY(Tensor numbers, Tensor::allocate(DType::f32, tensor.dims()));
  float* to = numbers.writable().as<float>();
  const int64_t size = info(tensor.dtype()).block_bytes;
  for (int64_t i = 0; i < tensor.dims().elements(); ++i) {
    const double code = decode_element(tensor.dtype(), tensor.view().data + i * size);
    to[i] = static_cast<float>((code - codes.zero) * codes.scale);
  }
  return numbers;
}

}  // namespace

const Tensor* Outputs::find(std::string_view name) const {
  for (size_t i = 0; i < names.size() && i < tensors.size(); ++i) {
    if (names[i] == name) return &tensors[i];
  }
  return nullptr;
}

const Type& TaskModel::input_type(size_t index) const {
  const Program& program = session->program();
  return program.values[static_cast<size_t>(program.inputs[index])].type;
}

Expected<size_t> TaskModel::input_index(std::string_view name) const {
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i] == name) return i;
  }
  return fail(Code::invalid_argument, "the model has no input '", printable(name), "'; it has ",
              printable(join(inputs, ", ")));
}

Expected<Outputs> TaskModel::run(std::span<const RunValue> values) const {
  HONE_TRY(std::vector<RunValue> results, session->run(values));
  Outputs made;
  made.names = outputs;
  for (RunValue& result : results) {
    made.tensors.push_back(result.kind == RunValue::Kind::tensor ? std::move(result.tensor)
                                                                 : Tensor());
  }
  made.names.resize(made.tensors.size());
  made.steps.resize(made.tensors.size());
  for (size_t i = 0; i < std::min(codes.size(), made.tensors.size()); ++i) {
    Tensor& tensor = made.tensors[i];
    // An engine may say what it likes.
    if (!codes[i] || tensor.view().empty() || !is_integer(tensor.dtype())) continue;
    HONE_TRY(tensor, decoded(tensor, *codes[i]));
    made.steps[i] = codes[i]->scale;
  }
  return made;
}

Expected<Rows> rows_of(const Tensor& tensor) {
  const int64_t count = tensor.view().empty() ? 0 : tensor.dims().elements();
  if (count == 0 || tensor.dtype() == DType::string) {
    return fail(Code::invalid_argument, "the model's output holds no numbers");
  }
  Rows made;
  made.columns = tensor.dims().rank() == 0 ? 1 : tensor.dims().back();
  made.rows = count / made.columns;
  made.values.resize(static_cast<size_t>(count));
  if (tensor.dtype() == DType::f32) {
    std::memcpy(made.values.data(), tensor.view().data, made.values.size() * sizeof(float));
    return made;
  }
  const int64_t size = info(tensor.dtype()).block_bytes;
  for (int64_t i = 0; i < count; ++i) {
    made.values[static_cast<size_t>(i)] =
        static_cast<float>(decode_element(tensor.dtype(), tensor.view().data + i * size));
  }
  return made;
}

}  // namespace hone
