#include "frontend/onnx/node_import.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <set>

#include "frontend/onnx/free_names.h"
#include "frontend/onnx/graph_import.h"
#include "ops/shape_rules.h"

namespace hone::onnx {

NodeImport::NodeImport(GraphImport& graph, const NodeView& node, int64_t opset)
    : graph_(graph), node_(node), frame_(graph.frame_), opset_(opset) {}

ir::ValueId NodeImport::input(size_t i) {
  if (!has_input(i)) return {};
  auto found = graph_.lookup(node_.inputs[i]);
  if (found) return *found;
  set_error(std::move(found).error());
  return {};
}

std::vector<ir::ValueId> NodeImport::all_inputs(size_t first) {
  std::vector<ir::ValueId> all;
  for (size_t i = first; i < inputs(); ++i) all.push_back(input(i));
  return all;
}

const Type& NodeImport::type(ir::ValueId id) const {
  static const Type unknown = Type::unknown();
  return id ? graph_.graph()[id].type : unknown;
}

std::optional<int64_t> NodeImport::rank(ir::ValueId id) const {
  if (!type(id).is_tensor()) return {};
  return static_cast<int64_t>(type(id).tensor.shape.size());
}

std::optional<DType> NodeImport::dtype(ir::ValueId id) const {
  if (!type(id).is_tensor()) return {};
  return type(id).tensor.dtype;
}

std::optional<std::vector<int64_t>> NodeImport::constant_ints(ir::ValueId id) const {
  if (!id || graph_.graph()[id].kind != ir::ValueKind::constant) return {};
  return known_ints(ir::operand_type(graph_.graph()[id]));
}

std::optional<std::vector<float>> NodeImport::constant_floats(ir::ValueId id) const {
  if (!id || graph_.graph()[id].kind != ir::ValueKind::constant) return {};
  const auto values = known_doubles(ir::operand_type(graph_.graph()[id]));
  if (!values) return {};
  return std::vector<float>(values->begin(), values->end());
}

std::optional<Bytes> NodeImport::constant_bytes(ir::ValueId id) const {
  if (!id || graph_.graph()[id].kind != ir::ValueKind::constant) return {};
  return graph_.graph()[id].constant.bytes;
}

namespace {

const AttributeView* resolve(const NodeView& node, std::string_view name, const Frame* frame) {
  const AttributeView* attribute = node.find(name);
  if (attribute == nullptr || attribute->ref_attr_name.empty()) return attribute;
  if (frame == nullptr) return nullptr;
  const std::string_view wanted = attribute->ref_attr_name;
  if (const AttributeView* given = resolve(frame->call, wanted, frame->caller)) return given;
  for (const AttributeView& missing : frame->function.attribute_defaults) {
    if (missing.name == wanted) return &missing;
  }
  return nullptr;
}

}  // namespace

const AttributeView* NodeImport::find(std::string_view attribute) const {
  return resolve(node_, attribute, frame_);
}

int64_t NodeImport::attr(std::string_view name, int64_t missing) const {
  const AttributeView* attribute = find(name);
  return attribute == nullptr ? missing : attribute->i;
}
float NodeImport::attr(std::string_view name, float missing) const {
  const AttributeView* attribute = find(name);
  return attribute == nullptr ? missing : attribute->f;
}
std::string NodeImport::attr(std::string_view name, std::string_view missing) const {
  const AttributeView* attribute = find(name);
  return std::string(attribute == nullptr ? missing : attribute->s);
}
std::vector<int64_t> NodeImport::ints(std::string_view name) const {
  const AttributeView* attribute = find(name);
  return attribute == nullptr ? std::vector<int64_t>{} : attribute->ints;
}
std::vector<float> NodeImport::floats(std::string_view name) const {
  const AttributeView* attribute = find(name);
  return attribute == nullptr ? std::vector<float>{} : attribute->floats;
}

void NodeImport::set_error(Error error) {
  if (!ok_) return;
  ok_ = false;
  error_ = std::move(error);
}

std::string NodeImport::fresh_name(std::string_view what) {
  for (const std::string_view output : node_.outputs) {
    if (!output.empty()) return graph_.unique_name(cat(output, "/", what));
  }
  return graph_.unique_name(what);
}

std::vector<ir::ValueId> NodeImport::add_all(std::string_view op_name,
                                             std::vector<ir::ValueId> operands, Attrs attrs) {
  if (!ok_) return {};
  const OpDef* op = find_op(op_name);
  HONE_CHECK(op != nullptr);
  if (attrs == Attrs(NoAttrs{})) attrs = op->default_attrs();
  auto results =
      graph_.graph().add_node(*op, fresh_name(op_name), std::move(attrs), std::move(operands));
  if (results) return *std::move(results);
  set_error(std::move(results).error());
  return {};
}

ir::ValueId NodeImport::add(std::string_view op, std::vector<ir::ValueId> operands, Attrs attrs) {
  const auto results = add_all(op, std::move(operands), std::move(attrs));
  return results.empty() ? ir::ValueId{} : results.front();
}

std::vector<ir::ValueId> NodeImport::add_host(std::string_view op_name,
                                              std::vector<ir::ValueId> operands, Attrs attrs,
                                              std::vector<Type> results) {
  if (!ok_) return {};
  const OpDef* op = find_op(op_name);
  HONE_CHECK(op != nullptr);
  if (attrs == Attrs(NoAttrs{})) attrs = op->default_attrs();
  return graph_.graph().add_host_node(*op, fresh_name(op_name), std::move(attrs),
                                      std::move(operands), std::move(results));
}

ir::ValueId NodeImport::constant(std::span<const int64_t> values) {
  auto bytes = std::make_shared<std::vector<std::byte>>(values.size_bytes());
  if (!values.empty()) std::memcpy(bytes->data(), values.data(), values.size_bytes());
  return graph_.graph().add_owned(fresh_name("ints"),
                                  {DType::i64, {Dim(static_cast<int64_t>(values.size()))}}, bytes);
}

ir::ValueId NodeImport::constant(std::span<const float> values) {
  return graph_.graph().add_floats(fresh_name("floats"), values);
}

ir::ValueId NodeImport::scalar(DType dtype, double value) {
  return graph_.graph().add_owned(
      fresh_name("scalar"), {dtype, {}},
      std::make_shared<std::vector<std::byte>>(bytes_of_scalar(dtype, value)));
}

ir::ValueId NodeImport::constant(const TensorView& tensor) {
  auto made = graph_.add_tensor(tensor, fresh_name("tensor"));
  if (made) return *made;
  set_error(std::move(made).error());
  return {};
}

ir::ValueId NodeImport::constant(TensorType type, std::vector<std::byte> bytes) {
  return graph_.graph().add_owned(fresh_name("bytes"), std::move(type),
                                  std::make_shared<std::vector<std::byte>>(std::move(bytes)));
}

NodeImport::Bodies NodeImport::bodies(std::span<const GraphView* const> graphs, size_t own_inputs) {
  Bodies bodies;
  // What any of the graphs takes from this one, once each; all of them get it.
  std::vector<std::pair<std::string_view, ir::ValueId>> taken;
  std::vector<std::map<std::string_view, ir::ValueId>> names(graphs.size());
  std::set<int32_t> seen;
  for (size_t i = 0; i < graphs.size(); ++i) {
    for (const std::string_view name : free_names(*graphs[i])) {
      const auto value = graph_.lookup(name);
      if (!value) continue;  // the body's import tells
      names[i].emplace(name, *value);
      if (seen.insert(value->index).second) taken.emplace_back(name, *value);
    }
  }
  for (const auto& [name, value] : taken) {
    if (graph_.graph()[value].kind != ir::ValueKind::constant) bodies.captured.push_back(value);
  }
  for (size_t i = 0; i < graphs.size() && ok_; ++i) {
    GraphImport body(graph_.model(), &graph_, cat("body", graph_.model().bodies++, "/"));
    const auto run = [&]() -> Status {
      HONE_RETURN_IF_ERROR(body.declare(*graphs[i]));
      std::map<int32_t, ir::ValueId> inner;
      for (const auto& [name, value] : taken) {
        inner[value.index] = body.add_captured(name, graph_.graph()[value]);
      }
      for (const auto& [name, value] : names[i]) {
        HONE_RETURN_IF_ERROR(body.define(name, inner[value.index]));
      }
      HONE_RETURN_IF_ERROR(body.import_nodes(graphs[i]->nodes));
      return body.finish_outputs(*graphs[i]);
    };
    if (Status status = run(); !status) set_error(std::move(status).error());
    // An initializer may stand for an input.
    const auto inputs = static_cast<size_t>(
        std::ranges::count(body.graph().values, ir::ValueKind::input, &ir::Value::kind));
    if (inputs != own_inputs + bodies.captured.size()) {
      invalid("its graph '", printable(graphs[i]->name), "' does not have ", own_inputs,
              " inputs of its own");
    }
    bodies.graphs.push_back(std::move(body.graph()));
  }
  return bodies;
}

void NodeImport::own(ir::ValueId result, std::vector<ir::Graph> graphs) {
  if (!result) return;
  ir::Graph& graph = graph_.graph();
  graph[graph[result].producer].subgraphs = std::move(graphs);
}

void NodeImport::output(size_t i, ir::ValueId value) {
  if (!ok_ || !has_output(i)) return;
  if (!value) {
    set_error(Error{Code::internal, cat("output ", i, " was not made"), {}});
    return;
  }
  if (Status status = graph_.define(node_.outputs[i], value); !status) {
    set_error(std::move(status).error());
  }
}

}  // namespace hone::onnx
