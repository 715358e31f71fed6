// Values that share bytes: random plans are run on a memory of tokens, one a float, where every
// reader must find what its operands are, whoever ran before it or beside it.
#include "runtime/views.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "ops/concat/op.h"
#include "ops/slice/op.h"
#include "ops/split/op.h"
#include "ops/transpose/op.h"
#include "runtime/arena.h"

namespace hone {
namespace {

// Plans over values of f32[1, channels, width].
class PlanMaker {
 public:
  explicit PlanMaker(int64_t width) : width_(width) {}

  int32_t input(int64_t channels) {
    const int32_t made = value(channels, Storage::input);
    plan_.inputs.push_back(made);
    return made;
  }
  int32_t unary(int32_t x) { return step("unary", {x}, channels(x)); }
  int32_t add(int32_t x, int32_t y) { return step("binary", {x, y}, channels(x)); }
  // Stands for any op that moves elements and writes over none.
  int32_t turn(int32_t x) { return step("lrn", {x}, channels(x)); }
  int32_t widen(int32_t x, int64_t channels) { return step("lrn", {x}, channels); }
  int32_t concat(std::vector<int32_t> parts) {
    int64_t sum = 0;
    for (const int32_t part : parts) sum += channels(part);
    return step("concat", std::move(parts), sum, ConcatAttrs{1});
  }
  int32_t slice(int32_t x, int64_t first, int64_t count) {
    return step("slice", {x, -1, -1, -1, -1}, count, SliceAttrs{{first}, {first + count}, {1}, {}});
  }
  int32_t split(int32_t x, int64_t part, std::vector<int64_t> sizes) {
    const auto parts = static_cast<int64_t>(sizes.size());
    const int64_t count = sizes[static_cast<size_t>(part)];
    return step("split", {x, -1}, count, SplitAttrs{1, part, parts, std::move(sizes)});
  }
  int32_t alias(int32_t x) {
    const int32_t made = step("reshape", {x}, channels(x));
    PlanValue& y = plan_.values[static_cast<size_t>(made)];
    y.storage = Storage::alias;
    y.alias_of = plan_.root(x);
    plan_.steps.back().kind = PlanStep::Kind::alias;
    return made;
  }
  int64_t channels(int32_t x) const {
    return plan_.values[static_cast<size_t>(x)].type.shape[1].value();
  }
  Plan finish(std::vector<int32_t> outputs) {
    plan_.outputs = std::move(outputs);
    std::ranges::stable_sort(plan_.steps, {}, &PlanStep::group);
    return std::move(plan_);
  }

 private:
  int32_t value(int64_t channels, Storage storage) {
    const auto index = static_cast<int32_t>(plan_.values.size());
    plan_.values.push_back({.name = cat("v", index),
                            .type = {DType::f32, {Dim(1), Dim(channels), Dim(width_)}},
                            .storage = storage});
    groups_.push_back(-1);
    return index;
  }
  int32_t step(std::string_view op, std::vector<int32_t> operands, int64_t channels) {
    return step(op, std::move(operands), channels, find_op(op)->default_attrs());
  }
  int32_t step(std::string_view op, std::vector<int32_t> operands, int64_t channels, Attrs attrs) {
    const int32_t result = value(channels, Storage::arena);
    int32_t group = op == "reshape" ? -1 : 0;
    for (const int32_t x : operands) {
      if (x < 0) continue;
      group = std::max(group, groups_[static_cast<size_t>(x)] + (op == "reshape" ? 0 : 1));
    }
    groups_.back() = group;
    plan_.steps.push_back({.op = find_op(op),
                           .name = cat("s", result),
                           .attrs = std::move(attrs),
                           .operands = std::move(operands),
                           .results = {result},
                           .group = group});
    return result;
  }

  int64_t width_;
  Plan plan_;
  std::vector<int32_t> groups_;  // by value: that makes it
};

BoundValues declared(const Plan& plan) {
  BoundValues bound;
  bound.known.resize(plan.values.size());
  for (const PlanValue& value : plan.values) {
    bound.types.push_back({value.type.dtype, Dims(value.type.shape, {})});
  }
  return bound;
}

// Runs a plan on tokens. Of steps that only move them it knows for itself what their results are.
class TokenRun {
 public:
  explicit TokenRun(const Plan& plan)
      : plan_(plan),
        arena_(plan_arena(plan, declared(plan))),
        memory_(static_cast<size_t>(arena_.bytes / 4), -1),
        contents_(plan.values.size()) {
    for (const int32_t input : plan.inputs) {
      at(contents_, input) = fresh(static_cast<size_t>(elements(input)));
    }
  }

  void run() {
    for (size_t first = 0, last = 0; first < plan_.steps.size(); first = last) {
      while (last < plan_.steps.size() && plan_.steps[last].group == plan_.steps[first].group) {
        ++last;
      }
      run_group({plan_.steps.data() + first, last - first});
      if (testing::Test::HasFailure()) return;
    }
    for (const int32_t output : plan_.outputs) expect_whole(output);
  }
  const Arena& arena() const { return arena_; }
  int64_t moved() const { return moved_; }    // tokens copied from one place to another
  int64_t shared() const { return shared_; }  // that stood where they were to go

 private:
  using Tokens = std::vector<int64_t>;
  template <class T>
  static T& at(std::vector<T>& list, int32_t index) {
    return list[static_cast<size_t>(index)];
  }
  int64_t elements(int32_t value) const {
    const Shape& shape = plan_.values[static_cast<size_t>(value)].type.shape;
    return shape[1].value() * shape[2].value();
  }
  int64_t width() const { return plan_.values[0].type.shape[2].value(); }
  Tokens fresh(size_t count) {
    Tokens tokens(count);
    for (int64_t& token : tokens) token = next_++;
    return tokens;
  }
  // Where a value lies, in floats; -1: not in the arena.
  int64_t place(int32_t value) const {
    const auto root = static_cast<size_t>(plan_.root(value));
    return plan_.values[root].storage == Storage::arena ? arena_.slots[root].offset / 4 : -1;
  }

  // For each token of the result where its source stands: an operand's index and an element of it.
  std::vector<std::pair<int32_t, int64_t>> sources(const PlanStep& step) const {
    std::vector<std::pair<int32_t, int64_t>> list;
    const auto take = [&](int32_t value, int64_t first, int64_t count) {
      for (int64_t i = 0; i < count; ++i) list.push_back({value, first + i});
    };
    if (step.op->name == "concat") {
      for (const int32_t x : step.operands) take(x, 0, elements(x));
    } else if (step.op->name == "slice") {
      take(step.operands[0], step.attrs.as<SliceAttrs>().starts[0] * width(),
           elements(step.results[0]));
    } else if (step.op->name == "split") {
      const auto& attrs = step.attrs.as<SplitAttrs>();
      int64_t before = 0;
      for (int64_t i = 0; i < attrs.part; ++i) before += attrs.sizes[static_cast<size_t>(i)];
      take(step.operands[0], before * width(), elements(step.results[0]));
    }
    return list;
  }

  struct Work {
    std::vector<int64_t> reads, writes;
    Tokens tokens;  // what it writes
  };

  Work work_of(const PlanStep& step) {
    Work work;
    const int32_t y = step.results[0];
    const auto from = sources(step);
    for (size_t i = 0; i < from.size(); ++i) {
      const auto [x, element] = from[i];
      const int64_t target = place(y) + static_cast<int64_t>(i);
      at(contents_, y).push_back(at(contents_, x)[static_cast<size_t>(element)]);
      if (place(x) >= 0 && place(x) + element == target) {
        ++shared_;
        continue;
      }
      ++moved_;
      if (place(x) >= 0) work.reads.push_back(place(x) + element);
      work.writes.push_back(target);
      work.tokens.push_back(at(contents_, y).back());
    }
    if (!from.empty()) return work;
    for (const int32_t x : step.operands) {
      for (int64_t i = 0; place(x) >= 0 && i < elements(x); ++i) work.reads.push_back(place(x) + i);
    }
    at(contents_, y) = work.tokens = fresh(static_cast<size_t>(elements(y)));
    for (int64_t i = 0; i < elements(y); ++i) work.writes.push_back(place(y) + i);
    return work;
  }

  void run_group(std::span<const PlanStep> steps) {
    std::map<int64_t, size_t> writers;
    std::vector<Work> works;
    for (const PlanStep& step : steps) {
      if (step.kind == PlanStep::Kind::alias) {  // of what this group may make
        at(contents_, step.results[0]) = at(contents_, step.operands[0]);
        works.emplace_back();
        continue;
      }
      for (const int32_t x : step.operands) {
        if (x >= 0) expect_whole(x);
      }
      works.push_back(work_of(step));
      for (const int64_t to : works.back().writes) {
        EXPECT_TRUE(writers.emplace(to, works.size() - 1).second) << "two steps write a place";
      }
    }
    for (size_t i = 0; i < works.size(); ++i) {
      for (const int64_t from : works[i].reads) {
        const auto writer = writers.find(from);
        ASSERT_TRUE(writer == writers.end() || writer->second == i)
            << steps[i].name << " reads what is written beside it";
      }
    }
    for (const Work& work : works) {
      for (size_t i = 0; i < work.writes.size(); ++i) {
        memory_[static_cast<size_t>(work.writes[i])] = work.tokens[i];
      }
    }
  }

  void expect_whole(int32_t value) {
    const int64_t first = place(value);
    for (int64_t i = 0; first >= 0 && i < elements(value); ++i) {
      ASSERT_EQ(memory_[static_cast<size_t>(first + i)],
                at(contents_, value)[static_cast<size_t>(i)])
          << "v" << value << "[" << i << "]";
    }
  }

  const Plan& plan_;
  Arena arena_;
  Tokens memory_;
  std::vector<Tokens> contents_;  // by value
  int64_t next_ = 0, moved_ = 0, shared_ = 0;
};

// Steps that share bytes, steps that write over an operand and steps that do neither, in any order.
Plan random_plan(uint32_t seed) {
  std::mt19937 random(seed);
  const auto below = [&](int64_t n) {
    return static_cast<int64_t>(random() % static_cast<uint64_t>(n));
  };
  PlanMaker make(seed % 4 == 3 ? 5 : 16);  // floats; of five no part is aligned but by chance
  std::vector<int32_t> values{make.input(4), make.input(2)};
  // Mostly of late, so that values die.
  const auto any = [&] {
    const int64_t count = std::ssize(values),
                  recent = below(3) == 0 ? count : std::min<int64_t>(count, 5);
    return values[static_cast<size_t>(count - 1 - below(recent))];
  };
  for (int i = 0; i < 40; ++i) {
    const int32_t x = any();
    const int64_t n = make.channels(x);
    switch (below(9)) {
      case 0:
        values.push_back(make.turn(x));
        break;
      case 1:
        values.push_back(make.unary(x));
        break;
      case 2: {
        const auto same = std::ranges::find_if(
            values, [&](int32_t y) { return y != x && make.channels(y) == n; });
        values.push_back(make.add(x, same == values.end() ? x : *same));
        break;
      }
      case 3:
        values.push_back(make.alias(x));
        break;
      case 4:
        values.push_back(make.widen(x, 1 + below(8)));
        break;
      case 5: {
        const int64_t first = below(n);
        values.push_back(make.slice(x, first, 1 + below(n - first)));
        break;
      }
      case 6: {
        const int64_t first = below(n);
        for (const int64_t part : {0, 1}) {
          if ((part == 0 ? first : n - first) == 0) continue;
          values.push_back(make.split(x, part, {first, n - first}));
        }
        break;
      }
      default: {
        std::vector<int32_t> parts{x};
        for (int64_t more = 1 + below(3); more > 0; --more) parts.push_back(any());
        int64_t sum = 0;
        for (const int32_t part : parts) sum += make.channels(part);
        if (sum < 100) values.push_back(make.concat(parts));
      }
    }
  }
  std::vector<int32_t> outputs{values.back()};
  for (int i = 0; i < 3; ++i)
    outputs.push_back(values[static_cast<size_t>(below(std::ssize(values)))]);
  return make.finish(outputs);
}

TEST(Views, ReadersFindWhatTheirOperandsAreInRandomPlans) {
  int64_t shared = 0, moved = 0;
  int taken_places = 0;
  for (uint32_t seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE(cat("seed ", seed));
    const Plan plan = random_plan(seed);
    TokenRun run(plan);
    run.run();
    ASSERT_FALSE(testing::Test::HasFailure());
    shared += run.shared();
    moved += run.moved();
    for (const ArenaSlot& slot : run.arena().slots) taken_places += slot.over >= 0 ? 1 : 0;
    for (const ArenaSlot& slot : run.arena().slots) {
      if (slot.offset >= 0) {
        ASSERT_EQ(slot.offset % kArenaAlign, 0);
      }
    }
  }
  // What the check is worth: all three happen often.
  EXPECT_GT(shared, 1000000);
  EXPECT_GT(moved, 1000000);
  EXPECT_GT(taken_places, 2000);
}

// A block of a detection network: halves of a convolution's result, and what follows from the
// second one step by step, all side by side; then side by side with what an earlier block made.
TEST(Views, NestedPartsAndWholesAreNotCopied) {
  PlanMaker make(16);
  const int32_t x = make.turn(make.input(4)), early = make.turn(x);
  const int32_t whole = make.widen(early, 8);
  const int32_t a = make.split(whole, 0, {4, 4}), b = make.split(whole, 1, {4, 4});
  const int32_t c = make.turn(make.turn(b)), d = make.turn(make.turn(c));
  const int32_t all = make.concat({a, b, c, d});
  const Plan plan = make.finish({make.turn(make.concat({make.alias(all), early}))});
  TokenRun run(plan);
  run.run();
  EXPECT_EQ(run.moved(), 0);
  EXPECT_EQ(run.arena().slots[static_cast<size_t>(all)].offset,
            run.arena().slots[static_cast<size_t>(whole)].offset);
}

TEST(Views, WhatCannotStandInTheWholeIsCopied) {
  const auto moved = [](auto&& build) {
    PlanMaker make(16);
    const int32_t in = make.input(4), x = make.turn(in);
    const int32_t y = build(make, in, x);
    const Plan plan = make.finish({make.turn(y)});
    TokenRun run(plan);
    run.run();
    return run.moved() / 16;  // channels
  };
  using M = PlanMaker&;
  EXPECT_EQ(moved([](M make, int32_t, int32_t x) { return make.concat({x, make.turn(x)}); }), 0);
  EXPECT_EQ(moved([](M make, int32_t in, int32_t x) { return make.concat({x, in}); }), 4)
      << "an input";
  EXPECT_EQ(moved([](M make, int32_t, int32_t x) { return make.concat({x, x}); }), 4) << "twice";
  EXPECT_EQ(moved([](M make, int32_t, int32_t x) {
              return make.concat({make.turn(x), make.concat({make.turn(x), x}), x});
            }),
            4)
      << "in two wholes";
  EXPECT_EQ(moved([](M make, int32_t, int32_t x) {
              const int32_t half = make.split(x, 0, {2, 2});
              return make.concat({half, make.turn(x)});  // where the other half stands
            }),
            2);
  EXPECT_EQ(moved([](M make, int32_t in, int32_t) { return make.slice(in, 1, 2); }), 2)
      << "of an input";
}

// Only the last reader's result may take a place, and here others know it by another name.
// Early, one channel; then 100 at a time, of which the last are a part of the whole.
TEST(Views, AnEarlyPartOfALateWholeIsCopiedWhereItsPlaceWouldCostMuch) {
  PlanMaker make(16);
  const int32_t early = make.turn(make.input(1));
  int32_t wide = make.widen(early, 100);
  for (int i = 0; i < 3; ++i) wide = make.turn(wide);
  const int32_t whole = make.concat({early, wide});
  const Plan plan = make.finish({whole});
  constexpr int64_t kChannel = 64;  // bytes
  EXPECT_EQ(plan_arena(plan, declared(plan)).bytes, (1 + 100 + 101) * kChannel);
}

TEST(Views, WhatOthersReadByAnotherNameIsNotWrittenOver) {
  PlanMaker make(16);
  const int32_t x = make.turn(make.input(4));
  const int32_t half = make.split(x, 0, {2, 2});
  const int32_t r = make.unary(half);
  const int32_t last = make.add(make.turn(make.turn(x)), x);
  const Plan plan = make.finish({r, last});
  EXPECT_EQ(plan_arena(plan, declared(plan)).slots[static_cast<size_t>(r)].over, -1);
  // Once nobody reads it, it may be.
  PlanMaker again(16);
  const int32_t z = again.turn(again.input(4));
  const int32_t s = again.unary(again.unary(again.concat({z, again.turn(z)})));
  const Plan free = again.finish({again.turn(s)});
  EXPECT_GE(plan_arena(free, declared(free)).slots[static_cast<size_t>(s)].over, 0);
}

TEST(Views, PartsThatWouldNotBeAlignedStayApart) {
  PlanMaker make(5);  // 20 bytes a channel
  const int32_t x = make.turn(make.input(3)), y = make.turn(x);
  const Plan plan = make.finish({make.turn(make.concat({x, y}))});
  TokenRun run(plan);
  run.run();
  EXPECT_EQ(run.moved(), 3 * 5) << "the first stands where the whole begins";
}

}  // namespace
}  // namespace hone
