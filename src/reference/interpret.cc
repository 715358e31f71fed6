#include "reference/interpret.h"

#include <vector>

#include "tensor/codec/codec.h"

namespace hone::ir {
namespace {

class Interpreter {
 public:
  Interpreter(const Graph& graph, HostStates& states)
      : graph_(graph),
        states_(states),
        symbols_(graph.symbols.size(), -1),
        values_(graph.values.size()) {}

  Status load(const std::map<std::string, HostTensor>& inputs) {
    for (size_t i = 0; i < graph_.values.size(); ++i) {
      const Value& value = graph_.values[i];
      if (value.kind == ValueKind::constant) {
        HONE_TRY(values_[i], decode(value.type.tensor, value.constant.bytes));
      } else if (value.kind == ValueKind::state) {
        values_[i] = states_[value.name];
        HONE_TRY(values_[i].shape, shape_of(value.type.tensor));
      } else if (value.kind == ValueKind::input) {
        const auto found = inputs.find(value.name);
        if (found == inputs.end())
          return fail(Code::invalid_argument, "no input '", value.name, "'");
        values_[i] = found->second;
        HONE_RETURN_IF_ERROR(bind_symbols(value, values_[i]));
      }
    }
    return {};
  }

  Status run(const Node& node) {
    const OpSemantics* semantics = find_semantics(*node.op);
    if (semantics == nullptr) return fail(Code::unsupported, node.op->name, " has no reference");
    std::vector<const HostTensor*> operands;
    for (const ValueId operand : node.operands) {
      operands.push_back(operand ? &values_[static_cast<size_t>(operand.index)] : nullptr);
    }
    std::vector<HostTensor> results(node.results.size());
    for (size_t i = 0; i < results.size(); ++i) {
      HONE_TRY(results[i], fresh(graph_[node.results[i]].type.tensor));
      const int alias = i < node.op->aliases.size() ? node.op->aliases[i] : -1;
      if (alias >= 0) results[i].records = operands[static_cast<size_t>(alias)]->records;
    }
    semantics->reference({node.attrs, operands, results});
    for (size_t i = 0; i < results.size(); ++i) {
      for (double& x : results[i].data) x = static_cast<double>(static_cast<float>(x));
      values_[static_cast<size_t>(node.results[i].index)] = std::move(results[i]);
    }
    keep_state(node);
    return {};
  }

  const HostTensor& operator[](ValueId id) const { return values_[static_cast<size_t>(id.index)]; }

 private:
  // A result that aliases a state is the state's next content.
  void keep_state(const Node& node) {
    for (size_t i = 0; i < node.op->aliases.size(); ++i) {
      ValueId source = node.operands[static_cast<size_t>(node.op->aliases[i])];
      if (graph_[source].kind == ValueKind::state) {
        states_[graph_[source].name] = (*this)[node.results[i]];
      }
    }
  }

  Status bind_symbols(const Value& value, const HostTensor& tensor) {
    const Shape& shape = value.type.tensor.shape;
    if (shape.size() != tensor.shape.size()) {
      return fail(Code::invalid_argument, "input '", value.name, "' has the wrong rank");
    }
    for (size_t i = 0; i < shape.size(); ++i) {
      if (shape[i].is_symbol()) {
        symbols_[static_cast<size_t>(shape[i].symbol_index())] = tensor.shape[i];
      }
    }
    return {};
  }

  Expected<std::vector<int64_t>> shape_of(const TensorType& type) const {
    std::vector<int64_t> shape;
    for (const Dim& dim : type.shape) {
      const int64_t size =
          dim.is_symbol() ? symbols_[static_cast<size_t>(dim.symbol_index())] : dim.value();
      if (size < 0) return fail(Code::invalid_argument, "a symbol has no value");
      shape.push_back(size);
    }
    return shape;
  }

  Expected<HostTensor> fresh(const TensorType& type) const {
    HostTensor tensor;
    tensor.dtype = type.dtype;
    HONE_TRY(tensor.shape, shape_of(type));
    tensor.data.resize(static_cast<size_t>(Dims(tensor.shape).elements()));
    return tensor;
  }

  const Graph& graph_;
  HostStates& states_;
  std::vector<int64_t> symbols_;
  std::vector<HostTensor> values_;
};

}  // namespace

Expected<HostTensor> decode(const TensorType& type, Bytes bytes) {
  HostTensor tensor;
  tensor.dtype = type.dtype;
  for (const Dim& dim : type.shape) tensor.shape.push_back(dim.value());
  const int64_t count = Dims(tensor.shape).elements();
  const Codec* codec = find_codec(type.dtype);
  if (codec == nullptr) return fail(Code::unsupported, "no codec for ", name_of(type.dtype));
  std::vector<float> floats(static_cast<size_t>(count));
  codec->decode(bytes.data(), count, floats.data());
  tensor.data.assign(floats.begin(), floats.end());
  return tensor;
}

Expected<std::map<std::string, HostTensor>> interpret(
    const Graph& graph, const std::map<std::string, HostTensor>& inputs, HostStates& states) {
  Interpreter interpreter(graph, states);
  HONE_RETURN_IF_ERROR(interpreter.load(inputs));
  for (const Node& node : graph.nodes) {
    if (Status status = interpreter.run(node); !status) {
      return std::unexpected(std::move(status).error().context(cat("node '", node.name, "'")));
    }
  }
  std::map<std::string, HostTensor> outputs;
  for (const ValueId output : graph.outputs) outputs[graph[output].name] = interpreter[output];
  return outputs;
}

}  // namespace hone::ir
