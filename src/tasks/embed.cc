#include "tasks/embed.h"

#include <algorithm>
#include <cmath>

#include "ops/shape_rules.h"
#include "tasks/fields.h"
#include "tensor/encode.h"

namespace hone {
namespace {

Expected<std::string> name_of_tensor(const Fields& input, std::string_view role,
                                     std::string_view usual) {
  const Json* names = input.find("tensors");
  if (names == nullptr) return std::string(usual);
  if (names->as_object() == nullptr) return input.wrong("tensors", "an object");
  return Fields::whole(*names).text(role);
}

// A row of numbers as the input's own type.
Expected<Tensor> row_of(const Type& type, std::span<const int32_t> numbers) {
  const DType dtype = type.is_tensor() ? type.tensor.dtype : DType::i64;
  if (!is_number(dtype) || info(dtype).block_elements != 1) {
    return fail(Code::invalid_argument, "the model's inputs are no numbers");
  }
  HONE_TRY(Tensor tensor, Tensor::allocate(dtype, {1, static_cast<int64_t>(numbers.size())}));
  std::byte* bytes = tensor.writable().data;
  for (size_t i = 0; i < numbers.size(); ++i) {
    encode_element(dtype, numbers[i], bytes + static_cast<int64_t>(i) * info(dtype).block_bytes);
  }
  return tensor;
}

Expected<std::vector<RunValue>> inputs_of(const TaskModel& model, const TextInput& input,
                                          std::span<const int32_t> tokens) {
  const std::vector<int32_t> ones(tokens.size(), 1), zeros(tokens.size(), 0);
  std::vector<RunValue> values(model.inputs.size());
  HONE_TRY([[maybe_unused]] const size_t ids, model.input_index(input.ids));
  for (size_t i = 0; i < model.inputs.size(); ++i) {
    const std::string& name = model.inputs[i];
    std::span<const int32_t> numbers;
    if (name == input.ids) {
      numbers = tokens;
    } else if (name == input.mask) {
      numbers = ones;
    } else if (name == input.types) {
      numbers = zeros;
    } else {
      return fail(Code::invalid_argument, "the task does not say what the model's input '",
                  printable(name), "' takes");
    }
    HONE_TRY(Tensor tensor, row_of(model.input_type(i), numbers));
    values[i] = std::move(tensor);
  }
  return values;
}

std::vector<float> pooled(const Rows& rows, EmbedOptions::Pooling pooling) {
  const int64_t count = pooling == EmbedOptions::Pooling::first ? 1 : rows.rows;
  std::vector<double> sums(static_cast<size_t>(rows.columns));
  for (int64_t r = 0; r < count; ++r) {
    const std::span<const float> row = rows.row(r);
    for (size_t i = 0; i < row.size(); ++i) sums[i] += static_cast<double>(row[i]);
  }
  std::vector<float> vector;
  for (const double sum : sums) {
    vector.push_back(static_cast<float>(sum / static_cast<double>(count)));
  }
  return vector;
}

double length_of(std::span<const float> vector) {
  double sum = 0;
  for (const float v : vector) sum += static_cast<double>(v) * static_cast<double>(v);
  return std::sqrt(sum);
}

}  // namespace

Expected<TextInput> text_input(const Task& task) {
  HONE_TRY(const Fields fields, Fields::of(task.fields, "input"));
  TextInput input;
  HONE_TRY(const int most, fields.integer("max_tokens", 256, 2, 1 << 20));
  input.max_tokens = static_cast<size_t>(most);
  HONE_TRY(input.ids, name_of_tensor(fields, "ids", "input_ids"));
  HONE_TRY(input.mask, name_of_tensor(fields, "mask", "attention_mask"));
  HONE_TRY(input.types, name_of_tensor(fields, "types", "token_type_ids"));
  return input;
}

Expected<Tensor> run_text(const TaskModel& model, const TextInput& input,
                          std::span<const int32_t> tokens, std::string_view output) {
  if (tokens.empty()) return fail(Code::invalid_argument, "the text is empty");
  std::vector<int32_t> ids(tokens.begin(), tokens.end());
  if (ids.size() > input.max_tokens) {
    ids[input.max_tokens - 1] = ids.back();
    ids.resize(input.max_tokens);
  }
  HONE_TRY(const std::vector<RunValue> values, inputs_of(model, input, ids));
  HONE_TRY(const Outputs outputs, model.run(values));
  const Tensor* found = outputs.find(output);
  if (output.empty() && !outputs.tensors.empty()) found = &outputs.tensors[0];
  if (found != nullptr) return *found;
  return fail(Code::invalid_argument, "the model has no output '", printable(output), "'; it has ",
              printable(join(outputs.names, ", ")));
}

Expected<EmbedOptions> embed_options(const Task& task) {
  HONE_TRY(const Fields output, Fields::of(task.fields, "output"));
  EmbedOptions options;
  HONE_TRY(options.input, text_input(task));
  HONE_TRY(options.output, output.text("tensor"));
  HONE_TRY(const int dimensions, output.integer("dimensions", 0, 0, 1 << 20));
  options.dimensions = static_cast<size_t>(dimensions);
  HONE_TRY(const std::string pooling, output.text("pooling", "mean"));
  if (pooling != "mean" && pooling != "first") return output.wrong("pooling", "mean or first");
  if (pooling == "first") options.pooling = EmbedOptions::Pooling::first;
  HONE_TRY(const Fields::Flag normalize, output.flag("normalize", Fields::Flag::yes));
  if (normalize == Fields::Flag::no) options.length = EmbedOptions::Length::as_is;
  return options;
}

Expected<std::vector<float>> embed(const TaskModel& model, const EmbedOptions& options,
                                   std::span<const int32_t> tokens) {
  HONE_TRY(const Tensor output, run_text(model, options.input, tokens, options.output));
  HONE_TRY(const Rows rows, rows_of(output));
  std::vector<float> vector = pooled(rows, options.pooling);
  if (options.dimensions > 0 && options.dimensions < vector.size()) {
    vector.resize(options.dimensions);
  }
  const double length = length_of(vector);
  if (options.length == EmbedOptions::Length::one && length > 0) {
    for (float& v : vector) v = static_cast<float>(static_cast<double>(v) / length);
  }
  return vector;
}

double cosine(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size()) return 0;
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i)
    sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  const double lengths = length_of(a) * length_of(b);
  return lengths > 0 ? sum / lengths : 0;
}

}  // namespace hone
