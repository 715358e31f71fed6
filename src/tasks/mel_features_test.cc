// Against NumPy and SciPy: tools/make_keyword_goldens.py.
#include "tasks/mel_features.h"

#include <gtest/gtest.h>

#include "support/golden.h"

namespace hone {
namespace {

const test::Golden& golden() {
  static const test::Golden file =
      *test::Golden::open(cat(HONE_SOURCE_DIR, "/src/tasks/testdata/mel.golden"));
  return file;
}

std::vector<float> samples() {
  std::vector<float> made;
  for (const int32_t sample : golden().ints("samples")) {
    made.push_back(static_cast<float>(sample) / 32768);
  }
  return made;
}

void expect_golden(const MelOptions& options, std::string_view name) {
  const std::vector<float> made = MelFeatures(options).compute(samples());
  ASSERT_FALSE(made.empty());
  EXPECT_LT(test::difference(made, golden().floats(name)).max, 2e-5) << name;
}

TEST(MelFeatures, AreWhatTensorFlowsDefinitionsGive) {
  expect_golden({}, "kws.mfcc");
  expect_golden({.coefficients = 0}, "kws.logs");
  expect_golden({.window = 400,
                 .hop = 160,
                 .transform = 400,
                 .bands = 23,
                 .least_hz = 0,
                 .most_hz = 8000,
                 .coefficients = 0,
                 .floor = 1e-3},
                "other.logs");
}

TEST(MelFeatures, OnlyWholeFramesCount) {
  const MelFeatures features{MelOptions{}};
  EXPECT_EQ(features.frames(16000), 49);
  EXPECT_EQ(features.frames(480), 1);
  EXPECT_EQ(features.frames(479), 0);
  EXPECT_TRUE(features.compute(std::vector<float>(479)).empty());
  EXPECT_EQ(features.compute(std::vector<float>(800)).size(), 20);
}

TEST(MelFeatures, OptionsOutsideOfTheirLimitsAreRefused) {
  const auto options = [](std::string_view text) { return mel_options(*Json::parse(text), 16000); };
  EXPECT_EQ(options(R"({"bands": 23, "transform": 512})")->bands, 23);
  for (const std::string_view wrong :
       {R"({"window": 1})", R"({"hop": 0})", R"({"transform": 100})", R"({"bands": 5000})",
        R"({"coefficients": 41})", R"({"most_hz": 9000})", R"({"least_hz": 4000})",
        R"({"floor": 0})", R"({"window": "long"})"}) {
    EXPECT_FALSE(options(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace hone
