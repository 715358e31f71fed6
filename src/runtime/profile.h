// What a run did and when, step by step: for `hone bench --profile` and its trace.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/plan.h"
#include "runtime/bound_values.h"

namespace hone {

using ProfileClock = std::chrono::steady_clock;

// What one thread did of a step, tile after tile.
struct WorkSpan {
  int thread = 0;
  ProfileClock::time_point begin, end;
};

struct StepCost {
  double flops = 0;
  double bytes = 0;       // read and written
  bool on_codes = false;  // the flops are of 8-bit integers
};

// The variant of steps that copy nothing, since their results stand where their operands do.
inline constexpr std::string_view kViewVariant = "view";

// A step of a plan, an op on the host, or the copying into and out of a plan.
struct StepTime {
  const PlanStep* step = nullptr;  // of a plan; belongs to its session
  std::string name, op, variant;
  int grain = 0;
  std::string text;     // step_text; only of a plan that was bound with a Tuning
  std::string weights;  // the dtype of the weights that it multiplies or gathers; or empty
  int calls = 1;
  double us = 0;  // of the run's time: those of a run's steps add up to it
  StepCost cost;
  std::vector<WorkSpan> spans;
};

class Profile {
 public:
  // Steps of one name, which loops run again and again, are added up.
  void add(StepTime step);

  double us = 0;  // from start to end
  std::vector<StepTime> steps;

 private:
  std::map<std::string, size_t> places_;  // of steps, by name
  size_t spans_ = 0;
};

// What a step must do under bound sizes, by its op's cost; `positions` of its states are seen.
StepCost cost_of(const PlanStep& step, const Plan& plan, const BoundValues& values,
                 int64_t positions);

// The dtype of the weights that a step multiplies or gathers; or empty.
std::string weights_of(const PlanStep& step, const Plan& plan);

}  // namespace hone
