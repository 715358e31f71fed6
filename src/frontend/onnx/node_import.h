// NodeImport: one ONNX node on its way into the IR. Each op's onnx.cc maps the foreign ops that
// mean it: it reads attributes and inputs here, adds nodes, and says what the outputs are.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/onnx/model.h"
#include "ir/graph.h"

namespace hone::onnx {

class GraphImport;

// The first error is kept and the rest does nothing, so that a mapping reads straight. A ValueId{}
// is an input that is left out, or what follows an error.
class NodeImport {
 public:
  NodeImport(GraphImport& graph, const NodeView& node, int64_t opset);

  const NodeView& node() const { return node_; }
  std::string_view op_type() const { return node_.op_type; }
  int64_t opset() const { return opset_; }  // of the node's domain

  size_t inputs() const { return node_.inputs.size(); }
  size_t outputs() const { return node_.outputs.size(); }
  bool has_input(size_t i) const { return i < inputs() && !node_.inputs[i].empty(); }
  bool has_output(size_t i) const { return i < outputs() && !node_.outputs[i].empty(); }
  ir::ValueId input(size_t i);  // ValueId{} if it is left out
  std::vector<ir::ValueId> all_inputs(size_t first = 0);
  const Type& type(ir::ValueId id) const;
  // The rank or dtype of a value, if they are known before the run.
  std::optional<int64_t> rank(ir::ValueId id) const;
  std::optional<DType> dtype(ir::ValueId id) const;
  // The elements of a constant; nothing if it is none.
  std::optional<std::vector<int64_t>> constant_ints(ir::ValueId id) const;
  std::optional<std::vector<float>> constant_floats(ir::ValueId id) const;
  // Its bytes, which may lie at any address.
  std::optional<Bytes> constant_bytes(ir::ValueId id) const;

  bool has(std::string_view attribute) const { return find(attribute) != nullptr; }
  // The attribute of that name, looked up at the caller if this is a function's body; or null.
  const AttributeView* find(std::string_view attribute) const;
  int64_t attr(std::string_view name, int64_t missing) const;
  float attr(std::string_view name, float missing) const;
  std::string attr(std::string_view name, std::string_view missing) const;
  std::vector<int64_t> ints(std::string_view name) const;  // empty if it is not there
  std::vector<float> floats(std::string_view name) const;

  // Adds a node; all its results, or the first.
  std::vector<ir::ValueId> add_all(std::string_view op, std::vector<ir::ValueId> operands,
                                   Attrs attrs = {});
  ir::ValueId add(std::string_view op, std::vector<ir::ValueId> operands, Attrs attrs = {});
  // Adds a node of an op that runs on the host, with results of the given types.
  std::vector<ir::ValueId> add_host(std::string_view op, std::vector<ir::ValueId> operands,
                                    Attrs attrs, std::vector<Type> results);
  // Constants that the graph owns.
  ir::ValueId constant(std::span<const int64_t> values);  // i64 [n]
  ir::ValueId constant(std::span<const float> values);    // f32 [n]
  ir::ValueId scalar(DType dtype, double value);          // []
  ir::ValueId constant(const TensorView& tensor);
  ir::ValueId constant(TensorType type, std::vector<std::byte> bytes);
  // The bodies of a control-flow node. What they use of this graph becomes an input of each body,
  // in the order of `captured`, after its own inputs, of which each body must have `own_inputs`.
  struct Bodies {
    std::vector<ir::Graph> graphs;
    std::vector<ir::ValueId> captured;  // of this graph
  };
  Bodies bodies(std::span<const GraphView* const> graphs, size_t own_inputs);
  // Hands bodies to the node that makes `result`.
  void own(ir::ValueId result, std::vector<ir::Graph> graphs);

  // Output i is this value. A mapping calls it for each output that is there.
  void output(size_t i, ir::ValueId value);

  // What this build cannot import; the sentence goes on after the node's name.
  template <class... Parts>
  void unsupported(const Parts&... parts) {
    set_error(Error{Code::unsupported, cat(parts...), {}});
  }
  template <class... Parts>
  void invalid(const Parts&... parts) {
    set_error(Error{Code::corrupt, cat(parts...), {}});
  }
  void set_error(Error error);
  bool ok() const { return ok_; }
  Error take_error() { return std::move(error_); }

 private:
  friend class GraphImport;
  std::string fresh_name(std::string_view what);

  GraphImport& graph_;
  const NodeView& node_;
  const struct Frame* frame_;
  int64_t opset_;
  bool ok_ = true;
  Error error_;
};

// A foreign op and its mapping.
struct OnnxOp {
  std::string_view domain;  // "" is ai.onnx
  std::string_view op_type;
  void (*import)(NodeImport&);
};

// Every mapping, made from the files ops/*/onnx.cc.
const OnnxOp* find_onnx_op(std::string_view domain, std::string_view op_type);
std::vector<const OnnxOp*> all_onnx_ops();

}  // namespace hone::onnx
