#include "profile_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "profile_trace.h"

namespace hone::cli {
namespace {

// A machine that reads 10 GB/s and computes 100 GFLOP/s, on codes 400 GOP/s.
constexpr MachineLimits kMachine{.read_gb_s = 10, .int8_gops = 400, .f32_gflops = 100};

StepTime step(std::string_view name, std::string_view op, double us, StepCost cost) {
  return {.name = std::string(name),
          .op = std::string(op),
          .variant = "generic",
          .weights = {},
          .us = us,
          .cost = cost,
          .spans = {}};
}

MedianProfile profile_of(double us, std::vector<StepTime> steps) {
  MedianProfile median{{}, 1};
  median.profile.us = us;
  for (StepTime& one : steps) median.profile.add(std::move(one));
  return median;
}

TEST(ProfileReport, StepsAreHeldAgainstTheRoofline) {
  const ProfileReport report = report_of(
      profile_of(1000,
                 {step("c", "conv", 500, {.flops = 25e6, .bytes = 1e5}),
                  step("q", "conv", 100, {.flops = 20e6, .bytes = 1e4, .on_codes = true}),
                  step("m", "binary", 200, {.flops = 1e5, .bytes = 1e6}),
                  step("s", "softmax", 50, {.flops = 1e5, .bytes = 1e6}), step("h", "host", 50, {}),
                  step("n", "norm", 0.9, {.flops = 1, .bytes = 1e4})}),
      kMachine);
  ASSERT_EQ(report.steps.size(), 6u);
  const auto is = [&](size_t i, Bound bound, double floor_us) {
    EXPECT_EQ(report.steps[i].bound, bound) << i;
    EXPECT_NEAR(report.steps[i].floor_us, floor_us, 1e-9) << i;
  };
  is(0, Bound::arithmetic, 250);  // 25 MFLOP at 100 GFLOP/s
  is(1, Bound::arithmetic, 50);   // 20 MOP at 400 GOP/s
  is(2, Bound::memory, 100);      // 1 MB at 10 GB/s
  is(3, Bound::caches, 1);        // 20 GB/s are more than memory gives
  is(4, Bound::nothing, 0);
  is(5, Bound::memory, 0.9);  // the bandwidth is not measured that exactly
  EXPECT_NEAR(report.floor_us, 401.9, 1e-9);
  EXPECT_NEAR(report.steps[0].share, 0.5, 1e-9);
  EXPECT_NEAR(report.steps[0].gflop_s, 50, 1e-9);
  EXPECT_NEAR(report.steps[2].gb_s, 5, 1e-9);
  EXPECT_NEAR(report.steps[1].roofline(), 0.5, 1e-9);
  EXPECT_THAT(
      report.sentence,
      testing::StartsWith("Bound by arithmetic: 60 % of the time computes (mostly conv) and "
                          "reaches 50 % of the processor's peak; 20 % moves data (mostly "
                          "binary) and reaches 50 % of the memory's bandwidth; "));
  EXPECT_THAT(report.sentence, testing::EndsWith("; 10 % is between steps"));
}

TEST(ProfileReport, BF16AndWinogradAreHeldAgainstWhatTheyCouldDo) {
  const MachineLimits limits{.read_gb_s = 1000, .int8_tile_gops = 1600, .f32_gflops = 100};
  const auto share_of = [&](std::string_view variant) {
    StepTime conv = step("c", "conv", 100, {.flops = 10e6});  // 100 GFLOP/s
    conv.variant = variant;
    return report_of(profile_of(100, {conv}), limits).steps[0].floor_us / 100;
  };
  EXPECT_DOUBLE_EQ(share_of("product"), 1);
  EXPECT_DOUBLE_EQ(share_of("bf16"), 0.5);
  EXPECT_DOUBLE_EQ(share_of("winograd"), 0.25);
  EXPECT_DOUBLE_EQ(share_of("bf16_tiles"), 0.125);
}

// Kernels that multiply tiles against what tiles can do, all others against vectors.
TEST(ProfileReport, TilesAreHeldAgainstTheirOwnPeak) {
  MachineLimits limits = kMachine;
  limits.int8_tile_gops = 4000;
  StepTime by_tiles = step("t", "quantized_conv", 100, {.flops = 20e6, .on_codes = true});
  by_tiles.variant = "tiles";
  const StepTime by_vectors = step("v", "quantized_conv", 100, {.flops = 20e6, .on_codes = true});
  const ProfileReport report = report_of(profile_of(200, {by_tiles, by_vectors}), limits);
  EXPECT_NEAR(report.steps[0].floor_us, 5, 1e-9);
  EXPECT_NEAR(report.steps[1].floor_us, 50, 1e-9);
}

TEST(ProfileReport, WhatIsFarFromBothLimitsIsBoundByNeither) {
  const ProfileReport report =
      report_of(profile_of(100, {step("c", "conv", 100, {.flops = 1e6, .bytes = 1e3})}), kMachine);
  EXPECT_THAT(report.sentence,
              testing::StartsWith("Bound by neither arithmetic nor memory: 100 %"));
}

TEST(ProfileReport, OpsAreSummedUp) {
  const ProfileReport report =
      report_of(profile_of(400, {step("a", "conv", 100, {.flops = 5e6, .bytes = 1}),
                                 step("b", "binary", 200, {.flops = 0, .bytes = 1e6}),
                                 step("c", "conv", 100, {.flops = 10e6, .bytes = 1})}),
                kMachine);
  ASSERT_EQ(report.ops.size(), 2u);
  const ProfileRow& conv = report.ops[report.ops[0].op == "conv" ? 0 : 1];
  EXPECT_EQ(conv.calls, 2);
  EXPECT_NEAR(conv.us, 200, 1e-9);
  EXPECT_NEAR(conv.share, 0.5, 1e-9);
  EXPECT_NEAR(conv.gflop_s, 75, 1e-9);
  EXPECT_NEAR(conv.roofline(), 0.75, 1e-9);
}

TEST(ProfileReport, TheMedianOfEachStepCounts) {
  int run = 0;
  const auto median = median_profile([&]() -> Expected<Profile> {
    ++run;
    Profile profile;
    profile.us = 100.0 + 2 * run;
    profile.add(step("a", "conv", run, {}));
    profile.add(step("b", "conv", 100.0 - run, {}));
    return profile;
  });
  ASSERT_TRUE(median);
  EXPECT_EQ(median->runs, run);
  const double middle = (run + 1) / 2.0;
  EXPECT_EQ(median->profile.us, 100 + 2 * middle);
  EXPECT_EQ(median->profile.steps[0].us, middle);
  EXPECT_EQ(median->profile.steps[1].us, 100 - middle);
}

TEST(Profile, StepsOfLoopsAreAddedUp) {
  Profile profile;
  for (int i = 0; i < 3; ++i) profile.add(step("a", "conv", 10, {.flops = 5, .bytes = 7}));
  profile.add(step("a", "binary", 1, {}));
  ASSERT_EQ(profile.steps.size(), 2u);
  EXPECT_EQ(profile.steps[0].calls, 3);
  EXPECT_EQ(profile.steps[0].us, 30);
  EXPECT_EQ(profile.steps[0].cost.flops, 15);
  EXPECT_EQ(profile.steps[0].cost.bytes, 21);
}

// The form that Perfetto reads: "Trace Event Format", Google, 2016.
TEST(ProfileTrace, IsAListOfSlicesOnTracksOfThreads) {
  const ProfileClock::time_point start{};
  const auto at = [&](int us) { return start + std::chrono::microseconds(us); };
  Profile profile;
  StepTime conv = step("\"c\"", "conv", 30, {.flops = 5, .bytes = 7});
  conv.spans = {{0, at(100), at(130)}, {1, at(105), at(125)}};
  profile.add(std::move(conv));
  const TracedRun run{"run", &profile};
  const auto json = Json::parse(chrome_trace({&run, 1}));
  ASSERT_TRUE(json) << json.error().text();
  std::vector<const Json*> slices;
  int names = 0;
  for (const Json& event : *json->find("traceEvents")->as_array()) {
    const std::string& kind = *event.find("ph")->as_string();
    ASSERT_TRUE(kind == "X" || kind == "M") << kind;
    if (kind == "M") ++names;
    if (kind == "X") slices.push_back(&event);
    EXPECT_EQ(event.find("pid")->as_int(), 1);
  }
  EXPECT_EQ(names, 3);  // the run and two threads
  ASSERT_EQ(slices.size(), 2u);
  EXPECT_EQ(*slices[0]->find("name")->as_string(), "\"c\"");
  EXPECT_EQ(slices[0]->find("ts")->as_double(), 0);
  EXPECT_EQ(slices[0]->find("dur")->as_double(), 30);
  EXPECT_EQ(slices[1]->find("tid")->as_int(), 1);
  EXPECT_EQ(slices[1]->find("ts")->as_double(), 5);
  EXPECT_EQ(slices[1]->find("dur")->as_double(), 20);
  EXPECT_EQ(slices[0]->find("args")->find("bytes")->as_double(), 7);
}

}  // namespace
}  // namespace hone::cli
