#include "support/golden.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace hone::test {
namespace {

using namespace std::string_literals;

std::string record(const std::string& name, char kind, char count, const std::string& payload) {
  return std::string{static_cast<char>(name.size()), 0, 0, 0} + name +
         std::string{kind, 0, 0, 0, count, 0, 0, 0} + payload;
}

TEST(Golden, ReadsEveryKind) {
  const std::string file = "HGOLDEN1" + record("who", 0, 4, "peer") +
                           record("ids", 1, 2, "\x01\0\0\0\xff\xff\xff\xff"s) +
                           record("logits", 2, 1, "\0\0\x80\x3f"s);
  const auto golden = Golden::parse(file);
  ASSERT_TRUE(golden) << golden.error().text();
  EXPECT_EQ(golden->text("who"), "peer");
  ASSERT_EQ(golden->ints("ids").size(), 2u);
  EXPECT_EQ(golden->ints("ids")[1], -1);
  ASSERT_EQ(golden->floats("logits").size(), 1u);
  EXPECT_EQ(golden->floats("logits")[0], 1.0f);
  EXPECT_TRUE(golden->has("who"));
  EXPECT_FALSE(golden->has("whom"));
  EXPECT_TRUE(golden->floats("who").empty());
}

TEST(Golden, RefusesEveryTruncation) {
  const std::string head = "HGOLDEN1" + record("a", 0, 1, "x");
  const std::string file = head + record("ids", 1, 2, std::string(8, '\1'));
  for (size_t size = 0; size < file.size(); ++size) {
    if (size == 8 || size == head.size()) continue;  // whole records
    EXPECT_FALSE(Golden::parse(file.substr(0, size))) << size;
  }
  EXPECT_FALSE(Golden::parse("HGOLDEN1" + record("a", 3, 0, "")));
}

TEST(Golden, DifferencesNeverHideANan) {
  const std::vector<float> truth = {1, 2, 4};
  EXPECT_EQ(difference(std::vector<float>{1, 2.5f, 3}, truth).max, 1.0);
  EXPECT_EQ(difference(std::vector<float>{1, 2.5f, 3}, truth).mean, 0.5);
  EXPECT_TRUE(std::isinf(difference(std::vector<float>{1, 2}, truth).max));
  EXPECT_TRUE(std::isinf(difference(std::vector<float>{NAN, 2, 4}, truth).max));
  const std::vector<int32_t> ids = {2, 0, 1};
  EXPECT_EQ(difference_at(std::vector<float>{2, 4, 1.5f}, ids, truth).max, 0.5);
  EXPECT_TRUE(std::isinf(difference_at(std::vector<float>{2, 4}, ids, truth).max));
}

}  // namespace
}  // namespace hone::test
