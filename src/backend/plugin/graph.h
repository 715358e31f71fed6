// Steps of a plan as the plain data of include/hone/backend.h.
#pragma once

#include <list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/memory.h"
#include "engine/plan.h"
#include "engine/weight_map.h"
#include "hone/backend.h"

namespace hone {

// What back ends see of some steps of a plan. Move only; the bytes of the model's weights must
// outlive it.
class BackendGraph {
 public:
  // In the order of the plan. The outputs are values of the plan that these steps make. The error
  // tells what keeps every back end from running such steps: a dtype that the C interface lacks,
  // sizes that are not known, a state.
  static Expected<BackendGraph> of(const Plan& plan, std::span<const int32_t> steps,
                                   std::span<const int32_t> outputs, const WeightMap& weights);
  BackendGraph(BackendGraph&&) noexcept = default;
  BackendGraph& operator=(BackendGraph&&) noexcept = default;

  const hone_graph& view() const { return graph_; }
  // The plan's values that are the graph's inputs, in order.
  const std::vector<int32_t>& inputs() const { return plan_inputs_; }
  // What holds those weights that the model stores packed.
  std::shared_ptr<const void> weights() const { return weights_; }

 private:
  struct Node {
    hone_node view = {};
    std::string name;
    Attrs attrs;
    std::list<std::string> texts;  // names and values of attributes
    std::list<std::vector<int64_t>> lists;
    std::vector<hone_attribute> attributes;
    std::vector<int32_t> operands, results;
  };
  class Maker;
  class AttributeReader;
  BackendGraph() = default;

  hone_graph graph_ = {};
  std::vector<hone_tensor> values_;
  std::list<Node> nodes_;  // what node_views_ point to stays where it is
  std::vector<const hone_node*> node_views_;
  std::vector<int32_t> inputs_, outputs_, plan_inputs_;
  std::list<std::string> names_;
  using Weights = std::list<ZeroedVector<std::byte>>;
  std::shared_ptr<Weights> weights_ = std::make_shared<Weights>();
};

}  // namespace hone
