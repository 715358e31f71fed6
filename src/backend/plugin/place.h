// Placement: the plans of a program cut where its steps go to different back ends.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backend/plugin/backend.h"
#include "backend/plugin/graph.h"
#include "engine/program.h"
#include "engine/weight_map.h"

namespace hone {

inline constexpr std::string_view kCpuName = "cpu";

// The back ends of a session in the order of preference; what none of them takes runs on the CPU.
struct BackendOrder {
  std::vector<std::shared_ptr<Backend>> backends;
  bool cpu = true;         // false: a model that needs the CPU, too, is refused
  size_t least_steps = 1;  // of a subgraph

  // "PATH", "PATH:OPTIONS" or "cpu" each; what stands behind the latter has no effect.
  static Expected<BackendOrder> load(const std::vector<std::string>& words, size_t least_steps);
};

// Where a step runs, and what the back ends said that were asked before.
struct StepPlace {
  std::string step, op;
  std::string backend;               // by name, or kCpuName
  int subgraph = -1;                 // those with one number run as one; -1: on the CPU
  std::vector<std::string> why_not;  // "mock: no op softmax"
  std::string fell_back;             // "mock: failed: why", if it runs on the CPU because of that
};

struct PlacedItem {
  int backend = -1;           // of BackendOrder::backends; -1: as without back ends
  std::vector<size_t> steps;  // in Placement::steps
};

struct Placement {
  std::vector<StepPlace> steps;   // of plans, in the order of the items
  std::vector<PlacedItem> items;  // by item of the program

  // The steps of an item run on the CPU after all.
  void fall_back(size_t item, std::string why);
};

// Asks the back ends, and makes several plans of one where they take some of its steps. Only steps
// of known sizes are given away. Code::unsupported where the CPU is needed and not allowed.
Expected<Placement> place(Program& program, const WeightMap& weights, const BackendOrder& order);

// Of a plan that was placed: its types are those that `types` says (as the runtime inferred them).
Expected<CompiledGraph> compile_plan(Backend& backend, const Plan& plan,
                                     std::span<const BoundType> types, const WeightMap& weights);

}  // namespace hone
