#include "llm/generate/stop_matcher.h"

#include <gtest/gtest.h>

namespace hone {
namespace {

TEST(StopMatcher, CutsAtTheFirstStopAcrossPieces) {
  StopMatcher matcher({"END", "</s>"});
  EXPECT_EQ(matcher.push("a E"), "a ");
  EXPECT_EQ(matcher.push("N"), "");
  EXPECT_EQ(matcher.push("Z E"), "ENZ ");
  EXPECT_EQ(matcher.push("NDrest"), "");
  EXPECT_TRUE(matcher.stopped());
  EXPECT_EQ(matcher.push("more"), "");
  EXPECT_EQ(matcher.flush(), "");
}

TEST(StopMatcher, GivesBackWhatOnlyBegan) {
  StopMatcher matcher({"END"});
  EXPECT_EQ(matcher.push("xEN"), "x");
  EXPECT_EQ(matcher.flush(), "EN");
  EXPECT_FALSE(matcher.stopped());
}

TEST(StopMatcher, OverlappingBeginnings) {
  StopMatcher matcher({"aab"});
  EXPECT_EQ(matcher.push("aaa"), "a");
  EXPECT_EQ(matcher.push("b"), "");
  EXPECT_TRUE(matcher.stopped());
}

TEST(StopMatcher, WithoutStopsEverythingPasses) {
  StopMatcher matcher({""});
  EXPECT_EQ(matcher.push("text"), "text");
}

}  // namespace
}  // namespace hone
