#include "models/progress.h"

#include <gtest/gtest.h>

#include <vector>

namespace hone {
namespace {

using std::chrono::milliseconds;

TEST(Progress, SpeedAndTimeLeft) {
  std::vector<Progress> seen;
  const ProgressSink sink = [&](const Progress& progress) { seen.push_back(progress); };
  const std::function<bool()> never;
  ProgressReporter reporter(sink, never);
  ProgressReporter::Time now{};
  // What was there before does not count as speed.
  reporter.begin(Progress::Stage::downloading, "host", 5000, 10000, now);
  for (int i = 1; i <= 4; ++i) {
    ASSERT_TRUE(reporter.update(5000 + 1000u * static_cast<uint64_t>(i), now += milliseconds(500)));
  }
  const Progress& last = seen.back();
  EXPECT_EQ(last.bytes, 9000u);
  EXPECT_DOUBLE_EQ(last.bytes_per_s, 2000);
  EXPECT_DOUBLE_EQ(last.seconds_left.value(), 0.5);
  EXPECT_EQ(last.source, "host");
}

TEST(Progress, TheSpeedIsThatOfTheLastSeconds) {
  Progress last;
  const ProgressSink sink = [&](const Progress& progress) { last = progress; };
  const std::function<bool()> never;
  ProgressReporter reporter(sink, never);
  ProgressReporter::Time now{};
  reporter.begin(Progress::Stage::downloading, "", 0, std::nullopt, now);
  uint64_t bytes = 0;
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE(reporter.update(bytes += 1000, now += milliseconds(1000)));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(reporter.update(bytes += 10, now += milliseconds(1000)));
  EXPECT_DOUBLE_EQ(last.bytes_per_s, 10);
  EXPECT_FALSE(last.seconds_left);
}

TEST(Progress, TheSinkIsSparedAndTheEndIsShown) {
  int calls = 0;
  const ProgressSink sink = [&](const Progress&) { ++calls; };
  const std::function<bool()> never;
  ProgressReporter reporter(sink, never);
  ProgressReporter::Time now{};
  reporter.begin(Progress::Stage::downloading, "", 0, 1000, now);
  for (uint64_t i = 1; i <= 1000; ++i) ASSERT_TRUE(reporter.update(i, now += milliseconds(1)));
  EXPECT_EQ(calls, 1 + 10);
}

TEST(Progress, CanceledIsAnError) {
  const ProgressSink none;
  bool canceled = false;
  const std::function<bool()> flag = [&] { return canceled; };
  ProgressReporter reporter(none, flag);
  EXPECT_TRUE(reporter.update(1, {}));
  canceled = true;
  EXPECT_EQ(reporter.update(2, {}).error().code, Code::canceled);
}

}  // namespace
}  // namespace hone
