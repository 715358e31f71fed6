// GraphImport: the tensors of a subgraph while its operators are imported.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "frontend/tflite/import.h"
#include "frontend/tflite/node_import.h"

namespace hone::tflite {

class GraphImport {
 public:
  // `prefix` makes names unique in the model.
  GraphImport(const SubgraphView& view, std::string prefix);

  Status declare_inputs();
  Status import_operators();
  Status finish_outputs();

  // The value of tensor `index`: what an operator made, an input, or a constant.
  Expected<ir::ValueId> lookup(int32_t index);
  Status define(int32_t index, ir::ValueId value);

  const SubgraphView& view() const { return view_; }
  const TensorView& tensor(int32_t index) const { return view_.tensors[as_index(index)]; }
  ir::Graph& graph() { return graph_; }
  std::string unique_name(std::string_view wanted);

 private:
  friend class NodeImport;
  static size_t as_index(int32_t index) { return static_cast<size_t>(index); }
  Status import_operator(const OperatorView& node);
  Expected<ir::ValueId> add_constant(const TensorView& tensor);

  const SubgraphView& view_;
  std::string prefix_;
  ir::Graph graph_;
  std::map<std::string, int> repeated_;  // names that are taken, and the last number after them
  std::vector<ir::ValueId> values_;      // by tensor
  std::vector<ir::ValueId> reals_;       // by tensor: the same, dequantized
};

}  // namespace hone::tflite
