// Packs: the copies of a weight that an engine holds for several targets whose kernels read it in
// different layouts (FORMAT.md, "weights").
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/format.h"
#include "engine/program.h"

namespace hone {

// corrupt for packs of targets that are not there.
Status check_targets(const EngineWeights& weights);

// Of one target: in which layout it reads the weights of which there are several packs.
class WeightPacks {
 public:
  WeightPacks() = default;
  static WeightPacks of(const EngineWeights& weights, size_t target);

  // Names those layouts for such weights; what reads one in a layout that all targets share keeps
  // it.
  void choose(Plan& plan) const;
  void choose(Program& program) const;

 private:
  std::map<std::string, std::string> own_;                // layouts by weight
  std::set<std::pair<std::string, std::string>> others_;  // weights and layouts of other targets
};

// What each target's weights take, in the order of EngineWeights::targets.
struct TargetShare {
  std::string name;
  uint64_t weights = 0, bytes = 0;  // that it reads
  uint64_t more_bytes = 0;          // of those, what no target before it reads
};
std::vector<TargetShare> target_shares(const EngineWeights& weights);

}  // namespace hone
