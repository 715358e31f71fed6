// Which steps of a plan run together on which back end.
#pragma once

#include <span>
#include <vector>

#include "engine/plan.h"

namespace hone {

// Steps of one back end that are connected, with no way from one to another by a step outside: they
// can run as one.
struct PlanPart {
  int backend = -1;            // -1: the CPU
  std::vector<int32_t> steps;  // in the order of the plan
};

class Partition {
 public:
  explicit Partition(const Plan& plan);

  // Gives back end `backend` those steps that it takes and nobody has yet, joined to parts as large
  // as can be; but no part of fewer than `least_steps`. By step.
  void give(int backend, const std::vector<bool>& takes, size_t least_steps);
  int backend_of(int32_t step) const { return backend_[static_cast<size_t>(step)]; }

  // All steps, in an order in which they can run; the CPU's joined to few parts, too.
  std::vector<PlanPart> parts() const;

 private:
  void join(int32_t producer, int32_t step);
  bool leads_around(int32_t from, int32_t to);
  int32_t cluster(int32_t step) const { return cluster_[static_cast<size_t>(step)]; }

  std::vector<std::vector<int32_t>> before_, behind_;  // by step: those next to it
  std::vector<int> backend_;                           // by step
  std::vector<int32_t> cluster_;                       // by step: any one step of its cluster
  std::vector<std::vector<int32_t>> members_;          // by that step
  std::vector<uint32_t> seen_;                         // by cluster, the search that came there
  uint32_t search_ = 0;
  int64_t work_ = 0;
};

}  // namespace hone
