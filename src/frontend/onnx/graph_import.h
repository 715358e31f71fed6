// GraphImport: the scope of names while a graph, a control-flow body or a function is imported.
#pragma once

#include <array>
#include <map>
#include <set>
#include <string>
#include <unordered_map>

#include "frontend/onnx/import.h"
#include "frontend/onnx/node_import.h"
#include "ir/unique_names.h"

namespace hone::onnx {

// What all scopes of one model share.
struct ModelImport {
  ModelImport(const ModelView& view, TensorSource& tensors);
  // The function that a node calls, or null.
  const FunctionView* find_function(const NodeView& node) const;

  const ModelView& model;
  TensorSource& source;
  std::map<std::string, std::set<std::string>> missing;  // op -> nodes that need it
  int64_t inlined_nodes = 0;                             // of functions
  int bodies = 0;                                        // graphs of their own, so far

 private:
  using FunctionKey = std::array<std::string_view, 3>;  // domain, name, overload
  std::map<FunctionKey, const FunctionView*> functions_;
};

// A call of a function that is being inlined.
struct Frame {
  const NodeView& call;
  const FunctionView& function;
  const Frame* caller;
  int depth;
};

class GraphImport {
 public:
  // `outer` is the scope a body lies in, or null; `prefix` makes names unique in the model.
  GraphImport(ModelImport& model, const GraphImport* outer, std::string prefix);

  // Declares inputs and initializers.
  Status declare(const GraphView& view);
  // What stands for a value of the outer scope, which that scope calls `name`: an input, or the
  // same constant.
  ir::ValueId add_captured(std::string_view name, const ir::Value& value);
  Status import_nodes(std::span<const NodeView> nodes);
  Status finish_outputs(const GraphView& view);

  bool knows(std::string_view name) const { return values_.contains(name); }
  Expected<ir::ValueId> lookup(std::string_view name) const;
  Status define(std::string_view name, ir::ValueId value);

  ir::Graph& graph() { return graph_; }
  const ir::Graph& graph() const { return graph_; }
  ModelImport& model() { return model_; }
  std::string unique_name(std::string_view wanted);
  Expected<ir::ValueId> add_tensor(const TensorView& tensor, std::string_view name);

 private:
  friend class NodeImport;
  Status import_node(const NodeView& node);
  Status inline_function(const NodeView& node, const FunctionView& function);
  int64_t opset_of(std::string_view domain) const;
  Expected<Type> type_of(const TypeView& view);
  Expected<Dim> dim_of(const DimView& view);

  ModelImport& model_;
  const GraphImport* outer_;
  std::string prefix_;
  ir::Graph graph_;
  ir::UniqueNames names_;
  std::unordered_map<std::string_view, Dim> symbols_;  // by the file's name for them
  std::map<std::string, ir::ValueId, std::less<>> values_;
  const Frame* frame_ = nullptr;  // while a function is inlined
};

}  // namespace hone::onnx
