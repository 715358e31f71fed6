#include "engine/packs.h"

#include <bit>
#include <utility>

namespace hone {
namespace {

constexpr uint64_t bit_of(size_t target) { return uint64_t{1} << target; }

}  // namespace

Status check_targets(const EngineWeights& weights) {
  const size_t count = weights.targets.size();
  if (count > kEngineMaxTargets) {
    return fail(Code::limit_exceeded, "lists ", count, " targets; at most ", kEngineMaxTargets,
                " are read");
  }
  for (const EngineWeight& weight : weights.weights) {
    if (std::cmp_less_equal(std::bit_width(weight.targets), count)) continue;
    return fail(Code::corrupt, "weight '", printable(weight.name),
                "' is packed for a target that is not listed");
  }
  return {};
}

WeightPacks WeightPacks::of(const EngineWeights& weights, size_t target) {
  WeightPacks packs;
  for (const EngineWeight& weight : weights.weights) {
    if (weight.targets == 0) continue;
    if ((weight.targets & bit_of(target)) != 0) {
      packs.own_.emplace(weight.name, weight.layout);
    } else {
      packs.others_.emplace(weight.name, weight.layout);
    }
  }
  return packs;
}

void WeightPacks::choose(Plan& plan) const {
  if (own_.empty() || others_.empty()) return;
  for (PlanValue& value : plan.values) {
    if (value.storage != Storage::weight) continue;
    const auto own = own_.find(value.name);
    if (own != own_.end() && others_.contains({value.name, value.layout})) {
      value.layout = own->second;
    }
  }
}

void WeightPacks::choose(Program& program) const {
  for (ProgramItem& item : program.items) {
    choose(item.plan);
    for (Program& body : item.bodies) choose(body);
  }
}

std::vector<TargetShare> target_shares(const EngineWeights& weights) {
  std::vector<TargetShare> shares(weights.targets.size());
  for (size_t i = 0; i < shares.size(); ++i) shares[i].name = weights.targets[i];
  for (const EngineWeight& weight : weights.weights) {
    bool is_first = true;
    for (size_t i = 0; i < shares.size(); ++i) {
      if (weight.targets != 0 && (weight.targets & bit_of(i)) == 0) continue;
      ++shares[i].weights;
      shares[i].bytes += weight.bytes;
      if (std::exchange(is_first, false)) shares[i].more_bytes += weight.bytes;
    }
  }
  return shares;
}

}  // namespace hone
