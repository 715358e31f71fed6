#include "base/process.h"

#include <gtest/gtest.h>

#include <chrono>

namespace hone {
namespace {

using std::chrono::milliseconds;

TEST(Process, OutputErrorsAndStatus) {
  std::string output;
  Command command{.argv = {"sh", "-c", "echo out; echo err >&2; exit 3"}};
  command.on_output = [&](Bytes bytes) -> Status {
    output += as_text(bytes);
    return {};
  };
  const auto result = run_process(command).value();
  EXPECT_EQ(output, "out\n");
  EXPECT_EQ(result.errors, "err\n");
  EXPECT_EQ(result.exit_status, 3);
}

TEST(Process, StandardInputIsEmpty) {
  EXPECT_EQ(run_process({.argv = {"cat"}}).value().exit_status, 0);
}

TEST(Process, LargeOutputFlowsAndOnlyTheEndOfErrorsIsKept) {
  size_t size = 0;
  Command command{.argv = {"sh", "-c", "head -c 3000000 /dev/zero; head -c 100000 /dev/zero >&2"}};
  command.on_output = [&](Bytes bytes) -> Status {
    size += bytes.size();
    return {};
  };
  EXPECT_EQ(run_process(command).value().errors.size(), 8192u);
  EXPECT_EQ(size, 3000000u);
}

TEST(Process, PeakMemoryIsTold) {
  const auto result =
      run_process({.argv = {"sh", "-c", "x=$(head -c 50000000 /dev/zero | tr '\\0' a)"}}).value();
  EXPECT_GT(result.peak_resident_bytes, 50'000'000u);
}

TEST(Process, MissingProgram) {
  const auto result = run_process({.argv = {"hone-no-such-program"}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::not_found);
}

TEST(Process, ASignalShows) {
  EXPECT_EQ(run_process({.argv = {"sh", "-c", "kill -9 $$"}}).value().exit_status, 137);
}

// Not after the two seconds that it has to end by itself.
TEST(Process, AWriterThatIgnoresTheSignalEndsWithItsReader) {
  const auto start = std::chrono::steady_clock::now();
  Command command{.argv = {"sh", "-c", "trap '' TERM; while head -c 65536 /dev/zero; do :; done"}};
  command.on_output = [](Bytes) -> Status { return fail(Code::canceled, "enough"); };
  EXPECT_EQ(run_process(command).error().message, "enough");
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(1900));
}

TEST(Process, ACallbacksErrorEndsTheGroup) {
  const auto start = std::chrono::steady_clock::now();
  int ticks = 0;
  Command command{.argv = {"sh", "-c", "sleep 30 & sleep 30"}};
  command.on_tick = [&]() -> Status {
    return ++ticks < 3 ? Status{} : fail(Code::canceled, "stopped");
  };
  EXPECT_EQ(run_process(command).error().code, Code::canceled);
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(5000));
}

TEST(Process, TheLimitEndsIt) {
  Command command{.argv = {"sleep", "30"}, .limit = milliseconds(200)};
  EXPECT_EQ(run_process(command).error().code, Code::canceled);
}

TEST(ProcessInput, WhatIsWrittenArrives) {
  auto sum = ProcessInput::start({"sh", "-c", "wc -c >&2; exit 4"}).value();
  const std::string part(300'000, 'x');
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(sum.write(as_bytes(part)));
  const auto result = sum.finish().value();
  EXPECT_EQ(result.errors, "3000000\n");
  EXPECT_EQ(result.exit_status, 4);
}

TEST(ProcessInput, AReaderThatGoesAwayIsToldWithItsWords) {
  auto gone = ProcessInput::start({"sh", "-c", "echo no room >&2"}).value();
  const std::string part(1 << 20, 'x');
  Status status;
  while (status) status = gone.write(as_bytes(part));
  EXPECT_EQ(status.error().code, Code::io);
  EXPECT_TRUE(status.error().message.contains("no room"));
}

TEST(ProcessInput, EndsWhatIsLeftAndMissingProgramsAreTold) {
  const auto start = std::chrono::steady_clock::now();
  {
    const auto left = ProcessInput::start({"sleep", "30"}).value();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(5000));
  EXPECT_EQ(ProcessInput::start({"hone-no-such-program"}).error().code, Code::not_found);
}

}  // namespace
}  // namespace hone
