#include "tasks/landmarks.h"

#include <gtest/gtest.h>

namespace hone {
namespace {

Detection face(Point left_eye, Point right_eye) {
  return {.index = 0,
          .label = "",
          .score = 1,
          .box = {{10, 20}, {30, 30}},
          .points = {left_eye, right_eye},
          .point_scores = {}};
}

void expect_near(const Quad& quad, const Quad& truth) {
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(quad[i].x, truth[i].x, 1e-4) << i;
    EXPECT_NEAR(quad[i].y, truth[i].y, 1e-4) << i;
  }
}

TEST(Landmarks, TheRegionIsTheSquareOfTheLongerSide) {
  const Quad quad = region_of(face({15, 22}, {25, 22}), {.scale = 1.5, .from = 0, .to = 1});
  expect_near(quad, {{{5, 10}, {35, 10}, {35, 40}, {5, 40}}});
}

TEST(Landmarks, TheRegionIsTurnedSoThatTheEyesLieLevel) {
  const LandmarkRegion region{.scale = 1.5, .from = 0, .to = 1};
  // The head lies on its side: the right eye is straight below the left one.
  expect_near(region_of(face({20, 20}, {20, 28}), region),
              {{{35, 10}, {35, 40}, {5, 40}, {5, 10}}});
  expect_near(region_of(face({25, 22}, {15, 22}), region),
              {{{35, 40}, {5, 40}, {5, 10}, {35, 10}}});
}

TEST(Landmarks, WithoutKeyPointsItIsNotTurned) {
  Detection bare = face({20, 20}, {20, 28});
  const Quad level{{{10, 15}, {30, 15}, {30, 35}, {10, 35}}};
  expect_near(region_of(bare, {.scale = 1, .from = 1, .to = 1}), level);
  bare.points.clear();
  expect_near(region_of(bare, {.scale = 1, .from = 0, .to = 1}), level);
}

}  // namespace
}  // namespace hone
