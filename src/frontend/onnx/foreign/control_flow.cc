// If and Loop: nodes that own graphs.
#include "frontend/onnx/node_import.h"
#include "ops/loop/op.h"

namespace hone::onnx {
namespace {

const GraphView* graph_of(NodeImport& n, std::string_view name) {
  const AttributeView* attribute = n.find(name);
  if (attribute != nullptr && !attribute->graphs.empty()) return &attribute->graphs[0];
  n.invalid("it has no graph '", name, "'");
  return nullptr;
}

// Types of a body's outputs, as long as they need no symbol of the body's.
Type outer_type(const ir::Graph& body, size_t output) {
  Type type = body[body.outputs[output]].type;
  for (Dim& dim : type.tensor.shape) {
    if (dim.is_symbol()) dim = Dim::unknown();
  }
  return type;
}

void branch(NodeImport& n) {
  const GraphView* graphs[] = {graph_of(n, "then_branch"), graph_of(n, "else_branch")};
  if (!n.ok()) return;
  NodeImport::Bodies bodies = n.bodies(graphs);
  if (!n.ok()) return;
  std::vector<Type> types;
  for (size_t i = 0; i < n.outputs(); ++i) {
    if (i >= bodies.graphs[0].outputs.size() || i >= bodies.graphs[1].outputs.size()) {
      return n.invalid("a branch has too few outputs");
    }
    const Type type = outer_type(bodies.graphs[0], i);
    types.push_back(type == outer_type(bodies.graphs[1], i) ? type : Type::unknown());
  }
  if (types.empty()) return n.invalid("it has no outputs");
  // A graph has all the outputs its node uses, no more.
  for (ir::Graph& graph : bodies.graphs) graph.outputs.resize(types.size());
  std::vector<ir::ValueId> operands{n.input(0)};
  operands.insert(operands.end(), bodies.captured.begin(), bodies.captured.end());
  const auto results = n.add_host("branch", std::move(operands), {}, std::move(types));
  if (!n.ok()) return;
  n.own(results[0], std::move(bodies.graphs));
  for (size_t i = 0; i < results.size(); ++i) n.output(i, results[i]);
}

void loop(NodeImport& n) {
  const GraphView* graphs[] = {graph_of(n, "body")};
  if (!n.ok()) return;
  const size_t carried = n.inputs() < 2 ? 0 : n.inputs() - 2;
  NodeImport::Bodies bodies = n.bodies(graphs);
  if (!n.ok()) return;
  ir::Graph& body = bodies.graphs[0];
  if (graphs[0]->inputs.size() != carried + 2 || body.outputs.size() < carried + 1) {
    return n.invalid("its body has ", graphs[0]->inputs.size(), " inputs and ", body.outputs.size(),
                     " outputs, which does not fit ", carried, " carried values");
  }
  // What is carried may change its shape on the way.
  std::vector<Type> types(body.outputs.size() - 1, Type::unknown());
  for (size_t i = carried; i < types.size(); ++i) {
    const Type type = outer_type(body, i + 1);
    if (!type.is_tensor()) continue;
    Shape shape{Dim::unknown()};
    shape.insert(shape.end(), type.tensor.shape.begin(), type.tensor.shape.end());
    types[i] = Type(TensorType{type.tensor.dtype, std::move(shape)});
  }
  if (types.empty()) return n.invalid("it has no outputs");
  std::vector<ir::ValueId> operands{n.input(0), n.input(1)};
  for (size_t i = 2; i < n.inputs(); ++i) operands.push_back(n.input(i));
  operands.insert(operands.end(), bodies.captured.begin(), bodies.captured.end());
  const auto results = n.add_host("loop", std::move(operands),
                                  LoopAttrs{static_cast<int64_t>(carried)}, std::move(types));
  if (!n.ok()) return;
  n.own(results[0], std::move(bodies.graphs));
  for (size_t i = 0; i < results.size(); ++i) n.output(i, results[i]);
}

}  // namespace

std::span<const OnnxOp> control_flow_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "If", branch}, {"", "Loop", loop}};
  return kOps;
}

}  // namespace hone::onnx
