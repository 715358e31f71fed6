#include "frontend/onnx/free_names.h"

#include <unordered_map>
#include <unordered_set>

namespace hone::onnx {
namespace {

class Walk {
 public:
  void graph(const GraphView& view) {
    std::vector<std::string_view> own;
    const auto declare = [&](std::string_view name) {
      own.push_back(name);
      ++declared_[name];
    };
    for (const ValueInfoView& input : view.inputs) declare(input.name);
    for (const TensorView& tensor : view.initializers) declare(tensor.name);
    for (const SparseTensorView& tensor : view.sparse_initializers) declare(tensor.values.name);
    for (const NodeView& node : view.nodes) {
      for (const std::string_view input : node.inputs) use(input);
      for (const AttributeView& attribute : node.attributes) {
        for (const GraphView& inner : attribute.graphs) graph(inner);
      }
      for (const std::string_view output : node.outputs) declare(output);
    }
    for (const ValueInfoView& output : view.outputs) use(output.name);
    for (const std::string_view name : own) --declared_[name];
  }

  std::vector<std::string_view> names;

 private:
  void use(std::string_view name) {
    if (name.empty()) return;
    const auto declared = declared_.find(name);
    if (declared != declared_.end() && declared->second > 0) return;
    if (used_.insert(name).second) names.push_back(name);
  }

  std::unordered_map<std::string_view, int> declared_;  // by how many of the graphs we are in
  std::unordered_set<std::string_view> used_;
};

}  // namespace

std::vector<std::string_view> free_names(const GraphView& graph) {
  Walk walk;
  walk.graph(graph);
  return std::move(walk.names);
}

}  // namespace hone::onnx
