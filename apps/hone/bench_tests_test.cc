#include "bench_tests.h"

#include <gtest/gtest.h>

namespace hone::cli {
namespace {

TEST(BenchTests, NamesTellWhatToDo) {
  const auto tests = parse_bench_tests("pp64, tg128,tg32@2048,pp8@100,ttft_ms,peak_mb");
  ASSERT_TRUE(tests) << tests.error().text();
  ASSERT_EQ(tests->size(), 6u);
  const auto expect = [&](size_t i, BenchTest::Kind kind, int64_t tokens, int64_t depth) {
    EXPECT_EQ((*tests)[i].kind, kind) << i;
    EXPECT_EQ((*tests)[i].tokens, tokens) << i;
    EXPECT_EQ((*tests)[i].depth, depth) << i;
  };
  expect(0, BenchTest::Kind::prefill, 64, 0);
  expect(1, BenchTest::Kind::decode, 128, 16);
  expect(2, BenchTest::Kind::decode, 32, 2048);
  expect(3, BenchTest::Kind::prefill, 8, 100);
  EXPECT_EQ((*tests)[1].name, "tg128");
  EXPECT_TRUE((*tests)[4].needs_process() && (*tests)[5].needs_process());
  EXPECT_EQ((*tests)[2].positions(), 2080);
  EXPECT_TRUE(parse_bench_tests(kAllBenchTests));
}

TEST(BenchTests, MistakesAreTold) {
  for (const std::string_view wrong :
       {"", ",", "pp", "pp0", "tg-1", "pp64@", "pp64@x", "tg64@0", "xx64", "pp64,", "pp 64",
        "pp99999999999", "tg1@99999999999999999999", "pp64@1@2", "ttft"}) {
    const auto tests = parse_bench_tests(wrong);
    ASSERT_FALSE(tests) << wrong;
    EXPECT_EQ(tests.error().code, Code::invalid_argument) << wrong;
  }
  EXPECT_EQ(parse_bench_tests("pp0").error().message,
            "test 'pp0': the tokens must be from 1 to 16777216");
  EXPECT_EQ(parse_bench_tests("tg8@0").error().message,
            "test 'tg8@0': the depth behind @ must be from 1 to 16777216");
  EXPECT_NE(parse_bench_tests("pp64,tftt_ms").error().message.find("did you mean 'ttft_ms'"),
            std::string::npos);
}

TEST(BenchTests, SpreadOfOddAndEvenCounts) {
  const Spread odd = Spread::of({3, 1, 2});
  EXPECT_EQ(odd.median, 2);
  EXPECT_EQ(odd.min, 1);
  EXPECT_EQ(odd.max, 3);
  EXPECT_EQ(Spread::of({4, 1, 2, 3}).median, 2.5);
  EXPECT_EQ(Spread::of({7}).json().write(), R"({"median":7.0,"min":7.0,"max":7.0})");
}

}  // namespace
}  // namespace hone::cli
