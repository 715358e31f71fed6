// Against pycocotools: tools/make_eval_goldens.py.
#include "tasks/metrics.h"

#include <gtest/gtest.h>

#include "support/golden.h"

namespace hone {
namespace {

const test::Golden& golden() {
  static const test::Golden file =
      *test::Golden::open(cat(HONE_SOURCE_DIR, "/src/tasks/testdata/metrics.golden"));
  return file;
}

// Rows of picture, category, box, and crowd or score.
enum class Last : uint8_t { crowd, score };
std::vector<ScoredBox> boxes(const std::string& name, Last last) {
  std::vector<ScoredBox> made;
  const std::span<const float> all = golden().floats(name);
  for (size_t i = 0; i + 7 <= all.size(); i += 7) {
    const auto at = [&](size_t k) { return static_cast<double>(all[i + k]); };
    ScoredBox box{
        static_cast<int64_t>(at(0)), static_cast<int64_t>(at(1)), at(2), at(3), at(4), at(5)};
    if (last == Last::score) {
      box.score = at(6);
    } else if (at(6) > 0) {
      box.crowd = ScoredBox::Crowd::yes;
    }
    made.push_back(box);
  }
  return made;
}

TEST(AveragePrecision, IsWhatPycocotoolsSays) {
  for (const std::string name : {"easy", "hard", "crowded", "one"}) {
    const auto truth = boxes(name + ".truth", Last::crowd),
               found = boxes(name + ".found", Last::score);
    ASSERT_FALSE(truth.empty()) << name;
    const AveragePrecision made = average_precision(found, truth);
    const std::span<const float> wanted = golden().floats(name + ".precision");
    ASSERT_EQ(wanted.size(), 10);
    double sum = 0;
    for (size_t i = 0; i < 10; ++i) {
      EXPECT_NEAR(made.at[i], wanted[i], 1e-6) << name << " at " << i;
      sum += static_cast<double>(wanted[i]);
    }
    EXPECT_NEAR(made.all, sum / 10, 1e-6) << name;
  }
}

TEST(AveragePrecision, OfNothingIsNothing) {
  EXPECT_EQ(average_precision({}, {}).all, 0);
  const std::vector<ScoredBox> one = {{.width = 2, .height = 2, .score = 0.5}};
  EXPECT_EQ(average_precision({}, one).all, 0);
  EXPECT_EQ(average_precision(one, {}).categories, 0);
  EXPECT_NEAR(average_precision(one, one).all, 1, 1e-12);
}

// Values of statsmodels' proportion_confint(method="wilson").
TEST(Share, HasWilsonsInterval) {
  EXPECT_NEAR((Share{8, 10}.least()), 0.49016247153664183, 1e-9);
  EXPECT_NEAR((Share{8, 10}.most()), 0.9433178485456247, 1e-9);
  EXPECT_NEAR((Share{0, 20}.most()), 0.1611251580528194, 1e-9);
  EXPECT_EQ((Share{0, 20}.least()), 0);
  EXPECT_EQ((Share{0, 0}.most()), 1);
}

}  // namespace
}  // namespace hone
