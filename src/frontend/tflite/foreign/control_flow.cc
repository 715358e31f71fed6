// IF, WHILE, CALL_ONCE and composites: operators that call subgraphs.
#include "frontend/tflite/graph_import.h"
#include "ops/loop/op.h"

namespace hone::tflite {
namespace {

using Values = std::vector<ir::ValueId>;

// All inputs, none of which may be left out.
Values inputs_of(NodeImport& n) {
  Values inputs;
  for (size_t i = 0; i < n.inputs(); ++i) {
    if (!n.has_input(i)) n.invalid("its input ", i, " is left out");
    inputs.push_back(n.input(i));
  }
  if (inputs.empty()) n.invalid("has no inputs");
  return inputs;
}

GraphScope new_body(ModelImport& model, std::string_view name) {
  GraphScope scope{.kind = GraphScope::Kind::body, .prefix = cat("body", ++model.bodies, "/")};
  scope.graph.name = name;
  return scope;
}

// What a subgraph makes of inputs, without a word about errors.
Values called(NodeImport& n, GraphScope& scope, int32_t subgraph, const Values& inputs) {
  if (!n.ok()) return {};
  auto outputs = inline_subgraph(n.subgraph().model(), scope, subgraph, inputs);
  if (outputs) return *std::move(outputs);
  n.set_error(std::move(outputs).error());
  return {};
}

// A type where the symbols of its graph are not known.
Type outer_type(Type type) {
  for (Dim& dim : type.tensor.shape) {
    if (dim.is_symbol()) dim = Dim::unknown();
  }
  return type;
}

// The type of output i as the file states it, or `known` if the file does not tell a scalar from
// what has an unknown rank.
Type declared_output(NodeImport& n, size_t i, const Type& known) {
  const TensorView& tensor = n.output_tensor(i);
  if (tensor.shape.empty() && !tensor.has_rank) return outer_type(known);
  auto type = n.subgraph().declared_type(tensor);
  if (type) return Type(*std::move(type));
  n.set_error(std::move(type).error());
  return Type::unknown();
}

void emit(NodeImport& n, std::string_view op, Values operands, Attrs attrs,
          std::vector<ir::Graph> bodies, std::vector<Type> types) {
  if (!n.ok()) return;
  if (types.empty()) return n.unsupported("makes nothing");
  const Values results = n.add_host(op, std::move(operands), std::move(attrs), std::move(types));
  ir::Graph& graph = n.subgraph().graph();
  graph[graph[results[0]].producer].subgraphs = std::move(bodies);
  for (size_t i = 0; i < results.size(); ++i) n.output(i, results[i]);
}

// The body of a branch, with the operator's inputs behind the condition as inputs; constants are
// the same constants there.
ir::Graph branch_body(NodeImport& n, const Values& given, int32_t subgraph, std::string_view name) {
  GraphScope scope = new_body(n.subgraph().model(), name);
  Values inputs;
  for (size_t i = 1; i < given.size(); ++i) {
    const ir::Value& value = n.subgraph().graph()[given[i]];
    if (value.kind != ir::ValueKind::constant) {
      inputs.push_back(
          scope.graph.add_input(scope.unique_name(cat("in", i)), outer_type(value.type)));
      continue;
    }
    inputs.push_back(scope.graph.add_constant(value.name, value.type.tensor, value.constant.bytes));
    scope.graph[inputs.back()].constant.owned = value.constant.owned;
  }
  scope.graph.outputs = called(n, scope, subgraph, inputs);
  if (n.ok() && scope.graph.outputs.size() != n.outputs()) n.invalid("a branch has other outputs");
  return std::move(scope.graph);
}

void branch(NodeImport& n) {
  const auto options = n.options<schema::IfOptions>();
  const Values inputs = inputs_of(n);
  if (!n.ok()) return;
  std::vector<ir::Graph> bodies;
  bodies.push_back(
      branch_body(n, inputs, options.get(schema::IfOptions::then_subgraph_index), "then"));
  bodies.push_back(
      branch_body(n, inputs, options.get(schema::IfOptions::else_subgraph_index), "else"));
  if (!n.ok()) return;
  Values operands{inputs[0]};
  for (size_t i = 1; i < inputs.size(); ++i) {
    if (n.subgraph().graph()[inputs[i]].kind != ir::ValueKind::constant) {
      operands.push_back(inputs[i]);
    }
  }
  std::vector<Type> types;
  for (size_t i = 0; i < n.outputs(); ++i) {
    const Type one = outer_type(bodies[0][bodies[0].outputs[i]].type);
    const Type other = outer_type(bodies[1][bodies[1].outputs[i]].type);
    types.push_back(one == other ? one : declared_output(n, i, Type::unknown()));
  }
  emit(n, "branch", std::move(operands), {}, std::move(bodies), std::move(types));
}

// One boolean, whatever its shape.
ir::ValueId condition(NodeImport& n, GraphScope& scope, int32_t subgraph, const Values& inputs) {
  const Values outputs = called(n, scope, subgraph, inputs);
  if (n.ok() && outputs.size() != 1) n.invalid("its condition has ", outputs.size(), " outputs");
  return n.ok() ? outputs[0] : ir::ValueId{};
}

// The condition is computed once before the loop and at the end of each round of it.
void loop(NodeImport& n) {
  const auto options = n.options<schema::WhileOptions>();
  const int32_t cond = options.get(schema::WhileOptions::cond_subgraph_index);
  const Values inputs = inputs_of(n);
  if (inputs.size() != n.outputs()) return n.invalid("has other outputs than inputs");
  if (!n.ok()) return;
  std::vector<Type> types;
  for (size_t i = 0; i < inputs.size(); ++i) {
    types.push_back(declared_output(n, i, n.type(inputs[i])));
  }
  Values operands{{}, condition(n, n.subgraph().scope(), cond, inputs)};
  operands.insert(operands.end(), inputs.begin(), inputs.end());
  if (!n.ok()) return;

  GraphScope scope = new_body(n.subgraph().model(), "while");
  scope.graph.add_input(scope.unique_name("iteration"), hone::TensorType{DType::i64, {}});
  scope.graph.add_input(scope.unique_name("condition"), hone::TensorType{DType::boolean, {}});
  Values carried;
  for (size_t i = 0; i < types.size(); ++i) {
    carried.push_back(scope.graph.add_input(scope.unique_name(cat("in", i)), types[i]));
  }
  const Values made =
      called(n, scope, options.get(schema::WhileOptions::body_subgraph_index), carried);
  if (n.ok() && made.size() != carried.size()) return n.invalid("its body has other outputs");
  scope.graph.outputs = {condition(n, scope, cond, made)};
  scope.graph.outputs.insert(scope.graph.outputs.end(), made.begin(), made.end());
  if (!n.ok()) return;
  LoopAttrs attrs;
  attrs.carried = static_cast<int64_t>(inputs.size());
  std::vector<ir::Graph> bodies;
  bodies.push_back(std::move(scope.graph));
  emit(n, "loop", std::move(operands), attrs, std::move(bodies), std::move(types));
}

// Gives variables their first values.
void call_once(NodeImport& n) {
  GraphScope scope{.kind = GraphScope::Kind::setup, .prefix = "setup/"};
  using Options = schema::CallOnceOptions;
  called(n, scope, n.options<Options>().get(Options::init_subgraph_index), {});
}

// An operator that the file itself explains.
void composite(NodeImport& n) {
  using Options = schema::StableHLOCompositeOptions;
  Values inputs;
  for (size_t i = 0; i < n.inputs(); ++i) inputs.push_back(n.input(i));
  const Values made =
      called(n, n.subgraph().scope(),
             n.options<Options>().get(Options::decomposition_subgraph_index), inputs);
  if (n.ok() && made.size() != n.outputs()) return n.invalid("its subgraph has other outputs");
  for (size_t i = 0; i < made.size(); ++i) n.output(i, made[i]);
}

}  // namespace

std::vector<int32_t> called_subgraphs(const OperatorView& node) {
  using schema::CallOnceOptions, schema::IfOptions, schema::StableHLOCompositeOptions,
      schema::WhileOptions;
  switch (node.op) {
    case BuiltinOperator::IF:
      return {node.options_as<IfOptions>().get(IfOptions::then_subgraph_index),
              node.options_as<IfOptions>().get(IfOptions::else_subgraph_index)};
    case BuiltinOperator::WHILE:
      return {node.options_as<WhileOptions>().get(WhileOptions::cond_subgraph_index),
              node.options_as<WhileOptions>().get(WhileOptions::body_subgraph_index)};
    case BuiltinOperator::CALL_ONCE:
      return {node.options_as<CallOnceOptions>().get(CallOnceOptions::init_subgraph_index)};
    case BuiltinOperator::STABLEHLO_COMPOSITE:
      return {node.options_as<StableHLOCompositeOptions>().get(
          StableHLOCompositeOptions::decomposition_subgraph_index)};
    default:
      return {};
  }
}

std::span<const TfliteOp> control_flow_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::IF, branch},
      {BuiltinOperator::WHILE, loop},
      {BuiltinOperator::CALL_ONCE, call_once},
      {BuiltinOperator::STABLEHLO_COMPOSITE, composite},
  };
  return kOps;
}

}  // namespace hone::tflite
