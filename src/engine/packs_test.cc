#include "engine/packs.h"

#include <gtest/gtest.h>

namespace hone {
namespace {

// Of two targets: w in a layout of each, s in one that both read, c as the model has it.
EngineWeights two_targets() {
  EngineWeights weights;
  weights.targets = {"first", "second"};
  weights.weights = {{"w", "wide", 0, 100, 1},
                     {"s", "shared", 128, 30, 0},
                     {"c", "canonical", 192, 7, 0},
                     {"w", "narrow", 256, 90, 2}};
  return weights;
}

Plan plan_of(const std::vector<std::pair<std::string, std::string>>& weights) {
  Plan plan;
  for (const auto& [name, layout] : weights) {
    PlanValue value;
    value.name = name;
    value.storage = Storage::weight;
    value.layout = layout;
    plan.values.push_back(value);
  }
  return plan;
}

std::vector<std::string> layouts_of(const Plan& plan) {
  std::vector<std::string> layouts;
  for (const PlanValue& value : plan.values) layouts.push_back(value.layout);
  return layouts;
}

TEST(WeightPacks, AreThoseOfTheChosenTarget) {
  Plan plan = plan_of({{"w", "wide"}, {"s", "shared"}, {"c", "canonical"}, {"w", "wide"}});
  const std::vector<std::string> as_stored = layouts_of(plan);
  WeightPacks::of(two_targets(), 0).choose(plan);
  EXPECT_EQ(layouts_of(plan), as_stored);
  WeightPacks::of(two_targets(), 1).choose(plan);
  EXPECT_EQ(layouts_of(plan),
            (std::vector<std::string>{"narrow", "shared", "canonical", "narrow"}));
  WeightPacks::of(two_targets(), 0).choose(plan);
  EXPECT_EQ(layouts_of(plan), as_stored);
}

TEST(WeightPacks, LayoutsThatNoTargetNamesStay) {
  Plan plan = plan_of({{"w", "canonical"}, {"other", "wide"}});
  WeightPacks::of(two_targets(), 1).choose(plan);
  EXPECT_EQ(layouts_of(plan), (std::vector<std::string>{"canonical", "wide"}));
}

TEST(WeightPacks, EachTargetTellsWhatItReads) {
  const std::vector<TargetShare> shares = target_shares(two_targets());
  ASSERT_EQ(shares.size(), 2u);
  EXPECT_EQ(shares[0].bytes, 137u);
  EXPECT_EQ(shares[0].more_bytes, 137u);
  EXPECT_EQ(shares[1].weights, 3u);
  EXPECT_EQ(shares[1].bytes, 127u);
  EXPECT_EQ(shares[1].more_bytes, 90u);
}

TEST(WeightPacks, TargetsThatAreNotListedAreRefused) {
  EngineWeights weights = two_targets();
  EXPECT_TRUE(check_targets(weights));
  weights.weights[3].targets = 4;
  EXPECT_EQ(check_targets(weights).error().code, Code::corrupt);
  weights.weights[3].targets = ~uint64_t{0};
  weights.targets.resize(64);
  EXPECT_TRUE(check_targets(weights));
  weights.targets.resize(65);
  EXPECT_EQ(check_targets(weights).error().code, Code::limit_exceeded);
}

}  // namespace
}  // namespace hone
