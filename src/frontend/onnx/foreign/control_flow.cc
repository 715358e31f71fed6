// If, Loop, Scan and SequenceMap: nodes that own graphs.
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
  NodeImport::Bodies bodies = n.bodies(graphs, 0);
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
  NodeImport::Bodies bodies = n.bodies(graphs, carried + 2);
  if (!n.ok()) return;
  ir::Graph& body = bodies.graphs[0];
  if (body.outputs.size() < carried + 1) {
    return n.invalid("its body has ", body.outputs.size(), " outputs, which does not fit ", carried,
                     " carried values");
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
                                  LoopAttrs{.carried = static_cast<int64_t>(carried),
                                            .in_axes = {},
                                            .in_backwards = {},
                                            .out_axes = {},
                                            .out_backwards = {}},
                                  std::move(types));
  if (!n.ok()) return;
  n.own(results[0], std::move(bodies.graphs));
  for (size_t i = 0; i < results.size(); ++i) n.output(i, results[i]);
}

// The type of results stacked along a new axis.
Type stacked(Type type, int64_t axis) {
  if (!type.is_tensor()) return Type::unknown();
  Shape& shape = type.tensor.shape;
  const int64_t place = axis < 0 ? axis + std::ssize(shape) + 1 : axis;
  if (place < 0 || place > std::ssize(shape)) return Type::unknown();
  shape.insert(shape.begin() + place, Dim::unknown());
  return type;
}

// Emits a loop node whose operands are all inputs from the `first` on.
void emit_loop(NodeImport& n, size_t first, NodeImport::Bodies bodies, LoopAttrs attrs,
               std::vector<Type> types) {
  std::vector<ir::ValueId> operands = n.all_inputs(first);
  operands.insert(operands.end(), bodies.captured.begin(), bodies.captured.end());
  const auto results = n.add_host("loop", std::move(operands), std::move(attrs), std::move(types));
  if (!n.ok()) return;
  n.own(results[0], std::move(bodies.graphs));
  for (size_t i = 0; i < results.size(); ++i) n.output(i, results[i]);
}

// Opset 8: a first input with lengths, and everything has a batch axis in front.
void scan(NodeImport& n) {
  const bool batched = n.opset() < 9;
  if (batched && n.has_input(0)) return n.unsupported("has sequences of different lengths");
  const size_t first = batched ? 1 : 0;
  const GraphView* graphs[] = {graph_of(n, "body")};
  if (!n.ok()) return;
  const int64_t scanned = n.attr("num_scan_inputs", int64_t{0});
  const auto given = static_cast<int64_t>(n.inputs()) - static_cast<int64_t>(first);
  if (given < 0) return n.invalid("it has too few inputs");
  NodeImport::Bodies bodies = n.bodies(graphs, static_cast<size_t>(given));
  if (!n.ok()) return;
  const ir::Graph& body = bodies.graphs[0];
  const int64_t carried = given - scanned, outputs = std::ssize(body.outputs) - carried;
  if (scanned < 1 || carried < 0 || outputs < 0 || body.outputs.empty()) {
    return n.invalid("its body does not fit ", given, " inputs of which ", scanned, " are scanned");
  }
  LoopAttrs attrs{.carried = carried,
                  .kind = LoopAttrs::Kind::scan,
                  .scanned = scanned,
                  .in_axes = n.ints("scan_input_axes"),
                  .in_backwards = n.ints(batched ? "directions" : "scan_input_directions"),
                  .out_axes = n.ints("scan_output_axes"),
                  .out_backwards = n.ints("scan_output_directions"),
                  .batched = batched};
  const auto fits = [](const std::vector<int64_t>& values, int64_t count) {
    return values.empty() || std::ssize(values) == count;
  };
  if (!fits(attrs.in_axes, scanned) || !fits(attrs.in_backwards, scanned) ||
      !fits(attrs.out_axes, outputs) || !fits(attrs.out_backwards, outputs)) {
    return n.invalid("its axes and directions do not fit ", scanned, " inputs and ", outputs,
                     " outputs");
  }
  std::vector<Type> types(body.outputs.size(), Type::unknown());
  for (size_t i = 0; i < types.size() && !batched; ++i) {
    types[i] = outer_type(body, i);
    if (static_cast<int64_t>(i) < carried) continue;
    const size_t output = i - static_cast<size_t>(carried);
    types[i] = stacked(types[i], attrs.out_axes.empty() ? 0 : attrs.out_axes[output]);
  }
  emit_loop(n, first, std::move(bodies), std::move(attrs), std::move(types));
}

void sequence_map(NodeImport& n) {
  const GraphView* graphs[] = {graph_of(n, "body")};
  if (!n.ok()) return;
  NodeImport::Bodies bodies = n.bodies(graphs, n.inputs());
  if (!n.ok()) return;
  if (bodies.graphs[0].outputs.empty()) return n.invalid("its body has no outputs");
  const std::vector<Type> types(bodies.graphs[0].outputs.size(),
                                Type(Type::Kind::sequence, TensorType{}));
  const LoopAttrs attrs{.kind = LoopAttrs::Kind::map,
                        .scanned = static_cast<int64_t>(n.inputs()),
                        .in_axes = {},
                        .in_backwards = {},
                        .out_axes = {},
                        .out_backwards = {}};
  emit_loop(n, 0, std::move(bodies), attrs, types);
}

}  // namespace

std::span<const OnnxOp> control_flow_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "If", branch},
                                    {"", "Loop", loop},
                                    {"", "Scan", scan},
                                    {"", "SequenceMap", sequence_map}};
  return kOps;
}

}  // namespace hone::onnx
