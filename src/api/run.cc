#include "api/handles.h"

namespace hone::api {
namespace {

constexpr size_t kMaxPorts = 4096;

using Memory = std::pair<const std::byte*, const std::byte*>;  // begin, end

Expected<size_t> find_port(const std::vector<Port>& ports, const char* name, size_t place) {
  if (name == nullptr) {
    if (place < ports.size()) return place;
    return fail(Code::invalid_argument, "there are ", ports.size(), " of them in the model");
  }
  const auto found = std::ranges::find(ports, std::string_view(name), &Port::name);
  if (found != ports.end()) return static_cast<size_t>(found - ports.begin());
  std::string names;
  for (const Port& port : ports) names += cat(names.empty() ? "" : ", ", printable(port.name));
  return fail(Code::not_found, "the model has no such name; it has ", names);
}

// "input 'x'", for errors.
std::string title(std::string_view what, const hone_tensor& tensor, size_t place) {
  return tensor.name == nullptr ? cat(what, " ", place)
                                : cat(what, " '", printable(tensor.name, 80), "'");
}

// What a port takes of a caller's tensor, before its memory is read.
Status check_type(const hone_tensor& tensor, const Port& port) {
  if (port.dtype != HONE_DTYPE_OTHER && tensor.dtype != port.dtype) {
    return fail(Code::invalid_argument, "is ", hone_dtype_name(tensor.dtype),
                ", and the model takes ", hone_dtype_name(port.dtype));
  }
  if (!port.known_rank) return {};
  const auto rank = static_cast<size_t>(tensor.rank);
  bool fits = rank == port.shape.size();
  for (size_t i = 0; fits && i < rank; ++i) {
    fits = port.shape[i] < 0 || port.shape[i] == tensor.shape[i];
  }
  if (fits) return {};
  std::string wanted, given;
  for (size_t i = 0; i < port.shape.size(); ++i) {
    const std::string& symbol = port.symbols[i];
    wanted += cat(i > 0 ? ", " : "", port.shape[i] >= 0 ? cat(port.shape[i])
                                     : symbol.empty()   ? "?"
                                                        : symbol);
  }
  for (size_t i = 0; i < rank; ++i) given += cat(i > 0 ? ", " : "", tensor.shape[i]);
  return fail(Code::invalid_argument, "is [", given, "], and the model takes [", wanted, "]");
}

// A view of the caller's elements.
Expected<ConstView> view_of(const hone_tensor& tensor, const Port& port) {
  const auto dtype = from_dtype(tensor.dtype);
  if (!dtype) return fail(Code::unsupported, "has a dtype that cannot be given here");
  if (tensor.rank < 0 || tensor.rank > HONE_MAX_RANK) {
    return fail(Code::invalid_argument, "has rank ", tensor.rank, "; at most ", HONE_MAX_RANK,
                " is allowed");
  }
  HONE_RETURN_IF_ERROR(check_type(tensor, port));
  const Dims dims(std::span(tensor.shape, static_cast<size_t>(tensor.rank)));
  HONE_TRY(const int64_t bytes, checked_bytes(*dtype, dims));
  if (static_cast<uint64_t>(bytes) != tensor.size_bytes) {
    return fail(Code::invalid_argument, "has ", tensor.size_bytes, " bytes, and its shape needs ",
                bytes);
  }
  if (bytes > 0 && tensor.data == nullptr) return null_argument("data");
  return ConstView{static_cast<const std::byte*>(tensor.data), *dtype, dims};
}

// Without a copy, unless the model keeps it as a state or the address does not suit its elements.
Expected<RunValue> value_of(const ConstView& view, const Program& program) {
  const auto address = reinterpret_cast<uintptr_t>(view.data);
  const auto element = static_cast<uintptr_t>(info(view.dtype).block_bytes);
  if (program.states.empty() && view.data != nullptr && address % element == 0) {
    return RunValue(Tensor::borrowed(view));
  }
  HONE_TRY(Tensor copy, Tensor::copy_of(view));
  return RunValue(std::move(copy));
}

struct Inputs {
  std::vector<RunValue> values;
  std::vector<Memory> memory;  // of the caller
};

Expected<Inputs> read_inputs(const SharedModel& model, std::span<const hone_tensor> given) {
  Inputs inputs{std::vector<RunValue>(model.inputs.size()), {}};
  for (size_t i = 0; i < given.size(); ++i) {
    const std::string where = title("input", given[i], i);
    HONE_TRY_CONTEXT(const size_t index, find_port(model.inputs, given[i].name, i), where);
    if (inputs.values[index].kind != RunValue::Kind::absent) {
      return fail(Code::invalid_argument, where, ": is given twice");
    }
    HONE_TRY_CONTEXT(const ConstView view, view_of(given[i], model.inputs[index]), where);
    HONE_TRY_CONTEXT(inputs.values[index], value_of(view, model.open.program->program()), where);
    inputs.memory.emplace_back(view.data, view.data + given[i].size_bytes);
  }
  for (size_t i = 0; i < inputs.values.size(); ++i) {
    if (inputs.values[i].kind != RunValue::Kind::absent) continue;
    return fail(Code::invalid_argument, "input '", printable(model.inputs[i].name),
                "' is not given");
  }
  return inputs;
}

// An output that is an input, untouched, must not stay in the caller's memory.
Status keep_outputs(std::vector<RunValue>& outputs, const std::vector<Memory>& callers) {
  for (RunValue& output : outputs) {
    if (output.kind != RunValue::Kind::tensor) {
      output = RunValue();
      continue;
    }
    const ConstView view = output.tensor.view();
    const bool is_callers = std::ranges::any_of(callers, [&](const Memory& memory) {
      return view.data >= memory.first && view.data < memory.second;
    });
    if (!is_callers) continue;
    HONE_TRY(output.tensor, Tensor::copy_of(view));
  }
  return {};
}

Expected<std::vector<RunValue>> run(hone_model* handle, const hone_tensor* inputs, size_t count) {
  if (handle == nullptr) return null_argument("model");
  if (inputs == nullptr && count > 0) return null_argument("inputs");
  if (count > kMaxPorts) return fail(Code::invalid_argument, "there are ", count, " inputs");
  SharedModel& model = *handle->shared;
  if (model.open.program == nullptr) {
    return fail(Code::invalid_argument, "this is a language model: give it text, with a generator");
  }
  HONE_TRY(const Inputs read, read_inputs(model, std::span(inputs, count)));
  HONE_TRY(const Turn turn, Turn::wait(model));
  HONE_TRY(std::vector<RunValue> outputs, model.open.program->run(read.values));
  HONE_RETURN_IF_ERROR(keep_outputs(outputs, read.memory));
  outputs.resize(model.outputs.size());
  return outputs;
}

Status describe_result(const RunValue& value, hone_tensor& tensor) {
  if (value.kind != RunValue::Kind::tensor) {
    return fail(Code::unsupported, "is no tensor, but a list of them, or nothing");
  }
  const ConstView view = value.tensor.view();
  tensor.dtype = to_dtype(view.dtype);
  if (tensor.dtype == HONE_DTYPE_OTHER) {
    return fail(Code::unsupported, "is ", name_of(view.dtype), ", which is not told here");
  }
  tensor.rank = static_cast<int32_t>(view.dims.rank());
  std::ranges::fill(tensor.shape, 0);
  std::ranges::copy(view.dims.sizes(), tensor.shape);
  tensor.data = const_cast<std::byte*>(view.data);
  tensor.size_bytes = static_cast<uint64_t>(size_bytes(view.dtype, view.dims));
  return {};
}

// Fills the caller's tensor in; its error is that the room is too small.
Status write_output(const RunValue& value, hone_tensor& target) {
  hone_tensor made = target;
  HONE_RETURN_IF_ERROR(describe_result(value, made));
  const std::byte* from = static_cast<const std::byte*>(std::exchange(made.data, target.data));
  const uint64_t room = target.size_bytes;
  target = made;
  if (target.data == nullptr || room < target.size_bytes) {
    return fail(Code::limit_exceeded, "takes ", target.size_bytes, " bytes, and there is room for ",
                target.data == nullptr ? 0 : room);
  }
  if (target.size_bytes > 0) std::memcpy(target.data, from, target.size_bytes);
  return {};
}

Status write_outputs(const SharedModel& model, const std::vector<RunValue>& values,
                     std::span<hone_tensor> targets, std::span<const size_t> indices) {
  Status first;
  for (size_t i = 0; i < targets.size(); ++i) {
    Status written = write_output(values[indices[i]], targets[i]);
    if (written || !first) continue;
    first = std::unexpected(std::move(written).error().context(
        cat("output '", printable(model.outputs[indices[i]].name), "'")));
  }
  return first;
}

}  // namespace
}  // namespace hone::api

using namespace hone::api;

hone_error* hone_model_run(hone_model* model, const hone_tensor* inputs, size_t input_count,
                           hone_results** results) {
  return guarded([&]() -> hone::Status {
    if (results == nullptr) return null_argument("results");
    HONE_TRY(auto values, run(model, inputs, input_count));
    *results = new hone_results{model->shared, std::move(values)};
    return {};
  });
}

hone_error* hone_model_run_into(hone_model* model, const hone_tensor* inputs, size_t input_count,
                                hone_tensor* outputs, size_t output_count) {
  return guarded([&]() -> hone::Status {
    if (model == nullptr) return null_argument("model");
    if (outputs == nullptr && output_count > 0) return null_argument("outputs");
    const SharedModel& shared = *model->shared;
    if (output_count > shared.outputs.size()) {
      return hone::fail(hone::Code::invalid_argument, "there are ", output_count,
                        " outputs, and the model has ", shared.outputs.size());
    }
    std::vector<size_t> indices;
    for (size_t i = 0; i < output_count; ++i) {
      HONE_TRY_CONTEXT(indices.emplace_back(), find_port(shared.outputs, outputs[i].name, i),
                       title("output", outputs[i], i));
    }
    HONE_TRY(const auto values, run(model, inputs, input_count));
    return write_outputs(shared, values, std::span(outputs, output_count), indices);
  });
}

hone_error* hone_model_reset(hone_model* model) {
  return guarded([&]() -> hone::Status {
    if (model == nullptr) return null_argument("model");
    SharedModel& shared = *model->shared;
    HONE_TRY(const Turn turn, Turn::wait(shared));
    return shared.open.program == nullptr ? hone::Status() : shared.open.program->reset();
  });
}

size_t hone_results_count(const hone_results* results) {
  return results == nullptr ? 0 : results->values.size();
}

hone_error* hone_results_get(const hone_results* results, size_t index, hone_tensor* tensor) {
  return guarded([&]() -> hone::Status {
    if (results == nullptr) return null_argument("results");
    if (tensor == nullptr) return null_argument("tensor");
    if (index >= results->values.size()) {
      return hone::fail(hone::Code::invalid_argument, "there is no result ", index,
                        "; the model has ", results->values.size(), " outputs");
    }
    const std::string& name = results->shared->outputs[index].name;
    hone_tensor made = {};
    made.name = name.c_str();
    HONE_RETURN_IF_ERROR(describe_result(results->values[index], made));
    *tensor = made;
    return {};
  });
}

void hone_results_free(hone_results* results) { delete results; }
