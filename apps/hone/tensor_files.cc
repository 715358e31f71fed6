#include "tensor_files.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "base/json.h"
#include "media/npy.h"
#include "ops/shape_rules.h"
#include "random_inputs.h"
#include "table.h"
#include "tensor/encode.h"
#include "tensor/numbers.h"

namespace hone::cli {
namespace {

std::string list_inputs(const LoadedProgram& model) {
  std::string list;
  for (const ProgramValue& input : model.inputs) {
    list += cat(list.empty() ? "" : ", ", printable(input.name), " ",
                to_text(input.type, model.session->program().symbols));
  }
  return list;
}

// "1x3x224x224"
std::optional<std::vector<int64_t>> parse_sizes(std::string_view text) {
  std::vector<int64_t> sizes;
  for (const std::string_view part : split(text, 'x')) {
    const auto size = parse_int(part);
    if (!size || *size < 0) return {};
    sizes.push_back(*size);
  }
  if (sizes.size() > kMaxRank) return {};
  return sizes;
}

Expected<Tensor> random_input(const LoadedProgram& model, size_t index, uint64_t seed) {
  const ProgramValue& input = model.inputs[index];
  if (!input.type.is_tensor() || input.type.tensor.dtype == DType::string) {
    return fail(Code::unsupported, "input '", printable(input.name),
                "' is no tensor of numbers, so give it with --input");
  }
  std::vector<int64_t> sizes;
  for (const Dim& dim : input.type.tensor.shape) {
    if (!dim.is_symbol()) {
      sizes.push_back(dim.value());
    } else if (dim.is_unknown()) {
      sizes.push_back(1);
    } else {
      const auto symbol = static_cast<size_t>(dim.symbol_index());
      sizes.push_back(model.session->program().symbols[symbol].opt);
    }
  }
  return random_tensor(input.type.tensor.dtype, Dims(sizes), range_of_input(*model.session, index),
                       seed);
}

double element(const Tensor& tensor, int64_t i) {
  return decode_element(tensor.dtype(), tensor.view().data + i * info(tensor.dtype()).block_bytes);
}

bool holds_integers(const Tensor& tensor) {
  return is_integer(tensor.dtype()) || tensor.dtype() == DType::boolean;
}

// With all their digits, which a double does not hold of 64 bits.
std::string integer_text(const Tensor& tensor, int64_t i) {
  std::string text;
  with_number(tensor.dtype(), [&]<class T>() {
    T value;
    std::memcpy(&value, tensor.view().data + i * static_cast<int64_t>(sizeof(T)), sizeof(T));
    text = cat(+value);
  });
  return text;
}

std::string number_text(const Tensor& tensor, int64_t i) {
  if (holds_integers(tensor)) return integer_text(tensor, i);
  return cat(static_cast<float>(element(tensor, i)));
}

std::string type_text(const Tensor& tensor) {
  return to_text(TensorType{tensor.dtype(), tensor.dims().shape()}, {});
}

std::vector<std::string> row_of(const std::string& name, const Tensor& tensor) {
  constexpr int64_t kShown = 4;
  const int64_t count = tensor.dims().elements();
  std::vector<std::string> row{printable(name), type_text(tensor)};
  if (tensor.dtype() == DType::string || count == 0) return row;
  double least = element(tensor, 0), most = least, sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    const double value = element(tensor, i);
    least = std::min(least, value);
    most = std::max(most, value);
    sum += value;
  }
  std::string first;
  for (int64_t i = 0; i < std::min(count, kShown); ++i) {
    first += cat(i > 0 ? " " : "", number_text(tensor, i));
  }
  for (const double value : {least, sum / static_cast<double>(count), most}) {
    row.push_back(cat(static_cast<float>(value)));
  }
  row.push_back(first + (count > kShown ? " ..." : ""));
  return row;
}

void append_element(std::string& out, const Tensor& tensor, int64_t i) {
  if (tensor.dtype() == DType::string) {
    append_json_string(out, tensor.strings()[static_cast<size_t>(i)]);
  } else if (holds_integers(tensor)) {
    out += integer_text(tensor, i);
  } else if (const double value = element(tensor, i); std::isfinite(value)) {
    append_json_number(out, value);
  } else {
    out += "null";
  }
}

std::string output_json(const std::string& name, const Tensor& tensor) {
  Json shape = Json::array();
  for (const int64_t size : tensor.dims().sizes()) shape.push(size);
  Json head = Json::object();
  head.set("name", name);
  head.set("dtype", name_of(tensor.dtype()));
  head.set("shape", std::move(shape));
  std::string text = head.write();
  text.back() = ',';  // the members go on
  text += "\"data\":[";
  for (int64_t i = 0; i < tensor.dims().elements(); ++i) {
    if (i > 0) text += ',';
    append_element(text, tensor, i);
  }
  return text + "]}";
}

}  // namespace

Expected<Tensor> read_tensor(const std::string& path) {
  HONE_TRY(const NpyArray array, read_npy(path));
  if (array.shape.size() > kMaxRank) {
    return fail(Code::unsupported, path, ": has ", array.shape.size(), " axes; hone takes ",
                kMaxRank);
  }
  return Tensor::copy_of({array.bytes.data(), array.dtype, Dims(array.shape)});
}

std::string tensor_file_name(std::string_view name) {
  std::string file;
  for (const char c : name) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-';
    file += plain ? c : '_';
  }
  return file.empty() || file.starts_with('.') ? cat("_", file, ".npy") : cat(file, ".npy");
}

Expected<std::vector<RunValue>> read_inputs(const LoadedProgram& model,
                                            std::span<const std::string> inputs,
                                            const RandomInputs& rest) {
  std::map<std::string_view, std::string_view> given;
  for (const std::string& input : inputs) {
    const size_t equals = input.find('=');
    std::string_view name = std::string_view(input).substr(0, equals);
    std::string_view file = equals == input.npos ? "" : std::string_view(input).substr(equals + 1);
    if (equals == input.npos && model.inputs.size() == 1) {
      file = input;
      name = model.inputs[0].name;
    }
    const bool known = std::ranges::any_of(
        model.inputs, [&](const ProgramValue& value) { return value.name == name; });
    if (!known || file.empty()) {
      return fail(Code::invalid_argument, "--input ", printable(input),
                  ": write NAME=FILE.npy; the model takes ", list_inputs(model));
    }
    if (!given.emplace(name, file).second) {
      return fail(Code::invalid_argument, "--input ", printable(input), ": the input '",
                  printable(name), "' is given twice");
    }
  }
  std::vector<RunValue> values;
  for (const ProgramValue& input : model.inputs) {
    const auto found = given.find(input.name);
    const uint64_t seed = rest.seed * 1000 + values.size() + 1;
    if (found == given.end()) {
      if (!rest.random) {
        return fail(Code::invalid_argument, "the model takes ", list_inputs(model),
                    "; give each with --input NAME=FILE.npy, or try --random");
      }
      const auto typical = rest.typical.find(input.name);
      if (typical != rest.typical.end()) {
        values.emplace_back(typical->second);
        continue;
      }
      HONE_TRY(Tensor tensor, random_input(model, values.size(), seed));
      values.emplace_back(std::move(tensor));
    } else if (const auto sizes = parse_sizes(found->second)) {
      const DType dtype = input.type.is_tensor() ? input.type.tensor.dtype : DType::f32;
      const IntegerRange range = range_of_input(*model.session, values.size());
      HONE_TRY(Tensor tensor, random_tensor(dtype, Dims(*sizes), range, seed));
      values.emplace_back(std::move(tensor));
    } else {
      HONE_TRY(Tensor tensor, read_tensor(std::string(found->second)));
      values.emplace_back(std::move(tensor));
    }
  }
  return values;
}

Status write_outputs(const LoadedProgram& model, std::span<const RunValue> outputs,
                     const std::string& folder, Console& console) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(Code::io, folder, ": ", error.message());
  for (size_t i = 0; i < outputs.size(); ++i) {
    const Tensor& tensor = outputs[i].tensor;
    if (outputs[i].kind != RunValue::Kind::tensor || tensor.dtype() == DType::string) {
      return fail(Code::unsupported, "output '", printable(model.outputs[i]),
                  "' is no tensor of numbers, which .npy files hold");
    }
    const auto bytes = static_cast<size_t>(size_bytes(tensor.dtype(), tensor.dims()));
    const auto sizes = tensor.dims().sizes();
    const NpyArray array{tensor.dtype(),
                         {sizes.begin(), sizes.end()},
                         {tensor.view().data, tensor.view().data + bytes}};
    const std::string path = cat(folder, "/", tensor_file_name(model.outputs[i]));
    HONE_RETURN_IF_ERROR(write_npy(path, array));
    console.note(cat(printable(path, 1000), "  ", type_text(tensor), "\n"));
  }
  return {};
}

std::string outputs_table(const LoadedProgram& model, std::span<const RunValue> outputs,
                          const Console& console) {
  Table table({{"OUTPUT"},
               {"TYPE"},
               {"LEAST", Align::right},
               {"MEAN", Align::right},
               {"MOST", Align::right},
               {"FIRST"}});
  for (size_t i = 0; i < outputs.size(); ++i) {
    const std::string& name = model.outputs[i];
    if (outputs[i].kind == RunValue::Kind::tensor) {
      table.row(row_of(name, outputs[i].tensor));
    } else if (outputs[i].kind == RunValue::Kind::absent) {
      table.row({printable(name), "none"});
    } else {
      for (size_t t = 0; t < outputs[i].items.size(); ++t) {
        table.row(row_of(cat(name, "[", t, "]"), outputs[i].items[t]));
      }
    }
  }
  return table.text_for(console);
}

std::string outputs_json(const LoadedProgram& model, std::span<const RunValue> outputs) {
  std::vector<std::string> list;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const std::string& name = model.outputs[i];
    if (outputs[i].kind == RunValue::Kind::tensor) {
      list.push_back(output_json(name, outputs[i].tensor));
    }
    for (size_t t = 0; t < outputs[i].items.size(); ++t) {
      list.push_back(output_json(cat(name, "[", t, "]"), outputs[i].items[t]));
    }
  }
  return cat("{\"outputs\":[", join(list, ","), "]}\n");
}

}  // namespace hone::cli
