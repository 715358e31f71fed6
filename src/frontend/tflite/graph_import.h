// SubgraphImport: the tensors of a subgraph while its operators are imported; and what the
// subgraphs of one model share meanwhile.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "frontend/tflite/import.h"
#include "frontend/tflite/node_import.h"
#include "ir/unique_names.h"

namespace hone::tflite {

namespace limits {
inline constexpr int kSubgraphDepth = 16;                    // of calls in calls
inline constexpr int64_t kImportedOperators = 1 << 16;       // a subgraph counts at each call
inline constexpr int64_t kVariableBytes = int64_t{1} << 30;  // all that a session keeps
}  // namespace limits

// A resource variable, or a tensor that keeps its value from run to run.
struct Variable {
  std::string name;
  std::optional<hone::TensorType> type;                   // once it is known
  std::shared_ptr<const std::vector<std::byte>> initial;  // null: zeros
  ir::ValueId input;                                      // what the last run left
  ir::ValueId value;                                      // what it is now
};

struct ModelImport {
  const ModelView& model;
  std::map<std::string, Variable, std::less<>> variables;  // by key; addresses stay
  // Constants that are not views of the file.
  std::map<const TensorView*, std::shared_ptr<const std::vector<std::byte>>> owned;
  std::vector<Variable*> kept;  // with an input, in the order of these
  int64_t kept_bytes = 0;
  int64_t operators = 0;  // imported so far
  int bodies = 0;         // graphs of their own, so far
  int depth = 0;          // of calls that are being imported
};

// One graph while it is made, of one subgraph or of some that are called in it.
struct GraphScope {
  // setup: run once before all else; it may only give variables their first values.
  enum class Kind : uint8_t { model, setup, body };

  Kind kind = Kind::model;
  std::string prefix;  // of all names, so that they are unique in the model
  ir::Graph graph;
  ir::UniqueNames names;

  std::string unique_name(std::string_view wanted);
};

class SubgraphImport {
 public:
  SubgraphImport(ModelImport& model, GraphScope& scope, const SubgraphView& view);

  // Inputs of the scope's graph, or values of it that stand for them.
  Status declare_inputs();
  Status bind_inputs(std::span<const ir::ValueId> values);
  Status import_operators();
  Expected<std::vector<ir::ValueId>> outputs();

  // The value of tensor `index`: what an operator made, an input, or a constant.
  Expected<ir::ValueId> lookup(int32_t index);
  Status define(int32_t index, ir::ValueId value);

  // The type as the file states it, unknown dimensions as `unknown`.
  Expected<hone::TensorType> declared_type(const TensorView& tensor) const;
  // The variable that tensor `index` is a handle of, or that it is; null: neither.
  Variable* variable(int32_t index);
  void define_handle(int32_t index, Variable& variable) { handles_[index] = &variable; }
  // What a variable holds; `type` is what reads it expects.
  Expected<ir::ValueId> read(Variable& variable, const hone::TensorType& type);
  Status assign(Variable& variable, ir::ValueId value);

  const SubgraphView& view() const { return view_; }
  const TensorView& tensor(int32_t index) const { return view_.tensors[as_index(index)]; }
  ir::Graph& graph() { return scope_.graph; }
  GraphScope& scope() { return scope_; }
  ModelImport& model() { return model_; }

 private:
  friend class NodeImport;
  static size_t as_index(int32_t index) { return static_cast<size_t>(index); }
  Status import_operator(const OperatorView& node);
  Expected<ir::ValueId> add_constant(const TensorView& tensor);

  ModelImport& model_;
  GraphScope& scope_;
  const SubgraphView& view_;
  std::vector<ir::ValueId> values_;       // by tensor
  std::vector<ir::ValueId> reals_;        // by tensor: the same, dequantized
  std::map<int32_t, Variable*> handles_;  // by tensor
};

// Adds a subgraph to the scope's graph; its outputs.
Expected<std::vector<ir::ValueId>> inline_subgraph(ModelImport& model, GraphScope& scope,
                                                   int32_t index,
                                                   std::span<const ir::ValueId> inputs);

// The subgraphs that an operator calls, as its options have them; the import checks them.
std::vector<int32_t> called_subgraphs(const OperatorView& node);
// What an operator is called: TFLite has no names but those of what it makes, or else takes.
std::string label(const SubgraphView& graph, const OperatorView& node);

}  // namespace hone::tflite
