#include "runtime/arena.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace hone {
namespace {

// Types as the plan has them: these plans are shapes alone and no op would infer them.
BoundValues declared(const Plan& plan, std::span<const int64_t> symbol_values) {
  BoundValues bound;
  bound.known.resize(plan.values.size());
  for (const PlanValue& value : plan.values) {
    bound.types.push_back({value.type.dtype, Dims(value.type.shape, symbol_values)});
  }
  return bound;
}

// A plan of `steps` unary steps over values of random sizes, each reading some earlier ones.
Plan random_plan(uint32_t seed, int steps) {
  std::mt19937 random(seed);
  const OpDef* op = find_op("unary");
  Plan plan;
  plan.symbols = {{"tokens", 1, 1, 64}};
  for (int i = 0; i < steps; ++i) {
    const int64_t columns = 1 + static_cast<int64_t>(random() % 300);
    plan.values.push_back(
        {.name = cat("v", i), .type = {DType::f32, {Dim::symbol(0), Dim(columns)}}});
    PlanStep step{.op = op,
                  .name = cat("s", i),
                  .attrs = op->default_attrs(),
                  .operands = {},
                  .results = {i},
                  .group = i / 2};
    for (int k = 0; k < 2 && i >= 2; ++k) {
      const int32_t operand = static_cast<int32_t>(random() % static_cast<uint32_t>(i / 2 * 2));
      step.operands.push_back(operand);
    }
    plan.steps.push_back(step);
  }
  plan.outputs = {steps - 1};
  return plan;
}

TEST(Arena, ValuesThatLiveTogetherNeverOverlap) {
  for (uint32_t seed = 0; seed < 50; ++seed) {
    const Plan plan = random_plan(seed, 60);
    const Arena arena = plan_arena(plan, declared(plan, {{7}}));
    EXPECT_FALSE(overlaps(arena)) << "seed " << seed;
    int64_t total = 0;
    for (const ArenaSlot& slot : arena.slots) {
      EXPECT_EQ(slot.offset % kArenaAlign, 0);
      EXPECT_LE(slot.offset + slot.bytes, arena.bytes);
      total += slot.bytes;
    }
    EXPECT_LE(arena.bytes, total);
  }
}

TEST(Arena, MemoryIsReusedAndOutputsLive) {
  // A chain: each value is read by the next step only, so two fit at a time.
  const OpDef* op = find_op("lrn");
  Plan plan;
  for (int32_t i = 0; i < 10; ++i) {
    plan.values.push_back({.name = cat("v", i), .type = {DType::f32, {Dim(16)}}});
    PlanStep step{.op = op,
                  .name = cat("s", i),
                  .attrs = op->default_attrs(),
                  .operands = {},
                  .results = {i},
                  .group = i};
    if (i > 0) step.operands = {i - 1};
    plan.steps.push_back(step);
  }
  plan.outputs = {9};
  EXPECT_EQ(plan_arena(plan, declared(plan, {})).bytes, 2 * 64);
  plan.outputs = {0, 9};
  EXPECT_EQ(plan_arena(plan, declared(plan, {})).bytes, 3 * 64);
}

// x -> a (unary) -> b (unary) -> c (binary of b and a constant row) -> d (transpose)
Plan chain_in_place() {
  const OpDef *unary = find_op("unary"), *binary = find_op("binary");
  Plan plan;
  for (const char* name : {"a", "b", "c", "d", "row"}) {
    const Shape shape = std::string_view(name) == "row" ? Shape{Dim(16)} : Shape{Dim(4), Dim(16)};
    plan.values.push_back({.name = name, .type = {DType::f32, shape}});
  }
  plan.values[4].storage = Storage::weight;
  const auto add = [&](const OpDef* op, std::vector<int32_t> operands, int32_t result) {
    plan.steps.push_back({.op = op,
                          .name = plan.values[static_cast<size_t>(result)].name,
                          .attrs = op->default_attrs(),
                          .operands = std::move(operands),
                          .results = {result},
                          .group = result});
  };
  add(find_op("lrn"), {}, 0);
  add(unary, {0}, 1);
  add(binary, {4, 1}, 2);
  add(find_op("lrn"), {2}, 3);
  plan.outputs = {3};
  return plan;
}

TEST(Arena, ResultsTakeThePlaceOfWhatNobodyReadsAnyMore) {
  const Plan plan = chain_in_place();
  const Arena arena = plan_arena(plan, declared(plan, {}));
  EXPECT_EQ(arena.slots[1].over, 0);
  EXPECT_EQ(arena.slots[2].over, 0);
  EXPECT_EQ(arena.slots[3].over, -1);
  EXPECT_EQ(arena.slots[2].offset, arena.slots[0].offset);
  EXPECT_EQ(arena.slots[0].last_group, 3);
  EXPECT_EQ(arena.bytes, 2 * 4 * 64);
  EXPECT_FALSE(overlaps(arena));
}

TEST(Arena, WhatIsReadElsewhereKeepsItsPlace) {
  Plan plan = chain_in_place();
  plan.outputs = {3, 0};  // a is an output
  EXPECT_EQ(plan_arena(plan, declared(plan, {})).slots[1].over, -1);
  plan = chain_in_place();
  plan.steps[3].operands = {2, 0};  // a is read later
  EXPECT_EQ(plan_arena(plan, declared(plan, {})).slots[1].over, -1);
  plan = chain_in_place();
  plan.steps.push_back(plan.steps[1]);  // by another step of the same group
  plan.values.push_back(plan.values[1]);
  plan.steps[4].results = {5};
  std::ranges::stable_sort(plan.steps, {}, &PlanStep::group);
  const Arena side_by_side = plan_arena(plan, declared(plan, {}));
  EXPECT_EQ(side_by_side.slots[1].over, -1);
  EXPECT_EQ(side_by_side.slots[5].over, -1);
  plan = chain_in_place();
  plan.values[1].type.dtype = DType::i32;  // of another type
  EXPECT_EQ(plan_arena(plan, declared(plan, {})).slots[1].over, -1);
  plan = chain_in_place();
  plan.steps[1].op = find_op("matmul");  // only the residual may be written over
  EXPECT_EQ(plan_arena(plan, declared(plan, {})).slots[1].over, -1);
  plan.steps[1].operands = {0, 4, -1, 0};  // which is x, too
  EXPECT_EQ(plan_arena(plan, declared(plan, {})).slots[1].over, -1);
}

// As many values as a large imported network has, where quadratic planning would show.
Plan large_plan(int32_t nodes, bool wide) {
  const OpDef* op = find_op("unary");
  Plan plan;
  for (int32_t i = 0; i < nodes; ++i) {
    plan.values.push_back({.name = cat("v", i), .type = {DType::f32, {Dim(16 + i % 1000)}}});
    PlanStep step{.op = op,
                  .name = cat("s", i),
                  .attrs = op->default_attrs(),
                  .operands = {},
                  .results = {i},
                  .group = wide ? i % 2 : i};
    // A chain with shortcuts over ten steps.
    if (!wide && i > 0) step.operands = {i - 1, std::max(0, i - 10)};
    plan.steps.push_back(step);
  }
  plan.outputs = {nodes - 1};
  return plan;
}

TEST(Arena, ALongChainFitsInWhatIsAliveAtATime) {
  const Plan plan = large_plan(20000, false);
  const Arena arena = plan_arena(plan, declared(plan, {}));
  EXPECT_FALSE(overlaps(arena));
  std::vector<int64_t> alive(20000);
  for (const ArenaSlot& slot : arena.slots) {
    const int32_t last = std::min(slot.last_group, 19999);
    for (int32_t g = slot.first_group; g <= last; ++g) alive[static_cast<size_t>(g)] += slot.bytes;
  }
  const int64_t peak = std::ranges::max(alive);
  EXPECT_GE(arena.bytes, peak);
  EXPECT_LE(arena.bytes, peak + peak / 2);
}

TEST(Arena, ManyValuesAtOneTimeArePlacedToo) {
  const Plan plan = large_plan(20000, true);
  const Arena arena = plan_arena(plan, declared(plan, {}));
  EXPECT_FALSE(overlaps(arena));
  int64_t groups[2] = {};
  for (const ArenaSlot& slot : arena.slots) groups[slot.first_group % 2] += slot.bytes;
  EXPECT_GE(arena.bytes, std::max(groups[0], groups[1]));
  EXPECT_LT(arena.bytes, groups[0] + groups[1]);
}

TEST(Arena, TheCheckFindsAnOverlap) {
  Arena arena;
  arena.blocks = {{0, 128, 0, 2}, {64, 64, 1, 1}};
  EXPECT_TRUE(overlaps(arena));
  arena.blocks[1] = {64, 64, 3, 3};
  EXPECT_FALSE(overlaps(arena));
  arena.blocks = {{64, 64, 0, 5}, {0, 64, 1, 1}, {0, 128, 2, 2}};
  EXPECT_TRUE(overlaps(arena));
}

}  // namespace
}  // namespace hone
