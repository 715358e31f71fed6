#include "runtime/tune.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "runtime/contest.h"

namespace hone {
namespace {

// Steps whose times are told, with noise, on a clock that they alone move.
class FakeModel final : public TuneTarget {
 public:
  struct Way {
    std::string_view variant;
    int grain;
    double us;
  };
  // What a step costs by each way; the first is the usual one.
  std::map<std::string, std::vector<Way>> steps;
  double noise = 0.05;     // relative deviation of a time
  double spikes = 0.05;    // share of times that are three times as long
  double together_us = 0;  // that every step not run as usual costs the model beside its time
  double clock_s = 0;
  int runs = 0;
  std::mt19937_64 random{7};

  void use(const std::shared_ptr<const Tuning>& tuning) override { tuning_ = tuning; }
  Expected<StepOptions> options() override {
    StepOptions options;
    for (const auto& [text, ways] : steps) {
      for (const Way& way : ways) options[text].push_back({way.variant, way.grain});
    }
    return options;
  }
  Expected<std::vector<StepSample>> profile() override {
    std::vector<StepSample> samples;
    for (const auto& [text, ways] : steps) samples.push_back({text, disturbed(way_of(text).us)});
    count(samples);
    return samples;
  }
  Expected<double> run_us() override {
    double total = 0;
    for (const auto& [text, ways] : steps) {
      const Way& way = way_of(text);
      total += disturbed(way.us) + (&way == ways.data() ? 0 : together_us);
    }
    ++runs;
    clock_s += total / 1e6;
    return total;
  }

  TuneOptions options_for(double seconds) {
    return {.seconds = seconds, .now_s = [this] { return clock_s; }, .progress = {}};
  }

 private:
  const Way& way_of(const std::string& text) const {
    const std::vector<Way>& ways = steps.at(text);
    const KernelChoice* choice = tuning_ == nullptr ? nullptr : tuning_->find(text);
    for (const Way& way : ways) {
      if (choice != nullptr && way.variant == choice->variant && way.grain == choice->grain) {
        return way;
      }
    }
    return ways[0];
  }
  double disturbed(double us) {
    std::normal_distribution<double> normal(1, noise);
    std::bernoulli_distribution spike(spikes);
    return us * std::max(0.5, normal(random)) * (spike(random) ? 3 : 1);
  }
  void count(const std::vector<StepSample>& samples) {
    ++runs;
    for (const StepSample& sample : samples) clock_s += sample.us / 1e6;
  }

  std::shared_ptr<const Tuning> tuning_;
};

TEST(Tune, TakesWhatIsFasterAndLeavesTheRest) {
  FakeModel model;
  model.steps = {{"a", {{"usual", 0, 1000}, {"usual", 1, 700}, {"other", 0, 1500}}},
                 {"b", {{"usual", 0, 1000}, {"other", 0, 1005}}},
                 {"c", {{"usual", 0, 500}}}};
  const auto tuned =
      tune(model, {.processor = "p", .build = "b", .choices = {}}, model.options_for(100));
  ASSERT_TRUE(tuned) << tuned.error().text();
  EXPECT_EQ(tuned->report.steps, 3u);
  EXPECT_EQ(tuned->report.tuned, 2u);
  EXPECT_EQ(tuned->report.measured, 2u);
  EXPECT_EQ(tuned->report.changed, 1u);
  EXPECT_FALSE(tuned->report.timed_out);
  EXPECT_GT(tuned->report.before_us, 1.05 * tuned->report.after_us);
  EXPECT_EQ(tuned->tuning.processor, "p");
  const KernelChoice* a = tuned->tuning.find("a");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->grain, 1);
  EXPECT_NEAR(a->us, 700, 50);
  EXPECT_NEAR(a->default_us, 1000, 70);
  ASSERT_NE(tuned->tuning.find("b"), nullptr);
  EXPECT_EQ(tuned->tuning.find("b")->variant, "usual");
  EXPECT_EQ(tuned->tuning.find("c"), nullptr);
}

// Ways that are all alike are told apart by noise only: the usual one stays, on any noise.
TEST(Tune, NeverPrefersNoise) {
  size_t changed = 0, steps = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    FakeModel model;
    model.random.seed(seed);
    model.noise = 0.02 * static_cast<double>(1 + seed % 10);
    for (int i = 0; i < 40; ++i) {
      std::vector<FakeModel::Way> ways;
      for (int grain : {0, -2, -1, 1, 2}) ways.push_back({"usual", grain, 100});
      model.steps[cat(i)] = ways;
    }
    const auto tuned = tune(model, {}, model.options_for(100));
    ASSERT_TRUE(tuned);
    changed += tuned->report.changed;
    steps += tuned->report.steps;
  }
  EXPECT_LE(changed, steps / 200);
}

TEST(Tune, WhatIsNotFasterAsAWholeIsDropped) {
  FakeModel model;
  model.together_us = 400;
  model.steps = {{"a", {{"usual", 0, 1000}, {"usual", 1, 700}}}};
  const auto tuned = tune(model, {}, model.options_for(100));
  ASSERT_TRUE(tuned);
  EXPECT_TRUE(tuned->report.dropped);
  EXPECT_EQ(tuned->report.changed, 0u);
  ASSERT_NE(tuned->tuning.find("a"), nullptr);
  EXPECT_EQ(tuned->tuning.find("a")->grain, 0);
  EXPECT_EQ(tuned->tuning.find("a")->variant, "usual");
}

TEST(Tune, KnownStepsAreNotMeasured) {
  FakeModel model;
  model.steps = {{"a", {{"usual", 0, 1000}, {"usual", 1, 700}}}};
  const Tuning known{.processor = "p", .build = "b", .choices = {{"a", "usual", 1, 5, 6}}};
  const auto tuned = tune(model, known, model.options_for(100));
  ASSERT_TRUE(tuned);
  EXPECT_EQ(model.runs, 1);
  EXPECT_EQ(tuned->report.measured, 0u);
  EXPECT_EQ(tuned->report.changed, 1u);
  EXPECT_EQ(tuned->tuning.choices.size(), 1u);
  EXPECT_EQ(tuned->tuning.find("a")->us, 5);
}

TEST(Tune, KeepsToItsTime) {
  FakeModel model;
  for (int i = 0; i < 50; ++i) {
    model.steps[cat(i)] = {{"usual", 0, 10000}, {"usual", 1, 9900}, {"usual", 2, 9950}};
  }
  const auto tuned = tune(model, {}, model.options_for(3));
  ASSERT_TRUE(tuned);
  EXPECT_TRUE(tuned->report.timed_out);
  EXPECT_EQ(tuned->report.changed, 0u);
  EXPECT_LT(model.clock_s, 5);
}

TEST(Tune, StopsWhenToldTo) {
  FakeModel model;
  model.steps = {{"a", {{"usual", 0, 1000}, {"usual", 1, 700}}}};
  TuneOptions options = model.options_for(100);
  int told = 0;
  options.progress = [&](size_t done, size_t total) {
    EXPECT_EQ(total, 1u);
    EXPECT_LE(done, total);
    return ++told < 3;
  };
  const auto tuned = tune(model, {}, options);
  ASSERT_FALSE(tuned);
  EXPECT_EQ(tuned.error().code, Code::canceled);
}

TEST(Contest, ASlowWayLeavesEarly) {
  Contest contest(3);
  for (int i = 0; i < 3; ++i) {
    contest.add(0, 100 + i);
    contest.add(1, 200 + i);
    contest.add(2, 90 + i);
  }
  contest.judge();
  EXPECT_EQ(contest.ways(), (std::vector<size_t>{0, 2}));
  EXPECT_FALSE(contest.is_decided());
}

TEST(Contest, TooFewTimesAreNoProof) {
  Contest contest(2);
  for (int i = 0; i < 3; ++i) {
    contest.add(0, 100);
    contest.add(1, 50);
  }
  contest.end();
  EXPECT_TRUE(contest.is_decided());
  EXPECT_EQ(contest.winner(), 0u);
}

TEST(Contest, NoTimesAtAllAreTheUsualWay) {
  Contest contest(4);
  contest.end();
  EXPECT_EQ(contest.winner(), 0u);
}

TEST(Contest, MedianAndNoise) {
  EXPECT_EQ(median_of({}), 0);
  EXPECT_EQ(median_of({3, 1, 2}), 2);
  EXPECT_EQ(median_of({4, 1, 2, 3}), 2.5);
  EXPECT_EQ(error_of_median({2, 2, 2}), 0);
  // One disturbed time of many changes little.
  EXPECT_LT(error_of_median({10, 11, 12, 13, 14, 1000}), 2);
  EXPECT_TRUE(std::isinf(error_of_median({})));
}

}  // namespace
}  // namespace hone
