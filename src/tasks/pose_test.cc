// Against NumPy: tools/make_segment_goldens.py.
#include "tasks/pose.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "support/golden.h"

namespace hone {
namespace {

Outputs output_of(std::span<const float> values, const Dims& dims) {
  Tensor tensor = *Tensor::allocate(DType::f32, dims);
  std::memcpy(tensor.writable().data, values.data(), values.size_bytes());
  return {{"o"}, {tensor}};
}

Task task_of(std::string_view text) { return *parse_task(*Json::parse(text)); }

TEST(Pose, YoloHeadsAreRead) {
  const auto golden =
      test::Golden::open(cat(HONE_SOURCE_DIR, "/src/tasks/testdata/segment.golden"));
  ASSERT_TRUE(golden);
  const Task task = task_of(
      R"({"kind": "pose", "output": {"decode": "yolov8"}, "threshold": 0.5, "nms": {"iou": 0.45}})");
  const auto poses = decode_poses(output_of(golden->floats("pose.raw"), {1, 56, 84}), task,
                                  *pose_options(task), {64, 64});
  ASSERT_TRUE(poses) << poses.error().text();
  const std::span<const float> wanted = golden->floats("pose.found");
  ASSERT_EQ(poses->size(), wanted.size() / 52);
  ASSERT_GT(poses->size(), 3);
  for (size_t i = 0; i < poses->size(); ++i) {
    const std::span<const float> one = wanted.subspan(52 * i, 52);
    EXPECT_EQ((*poses)[i].score, one[0]);
    for (size_t p = 0; p < 17; ++p) {
      EXPECT_EQ((*poses)[i].points[p].at.x, one[1 + 3 * p]);
      EXPECT_EQ((*poses)[i].points[p].at.y, one[2 + 3 * p]);
      EXPECT_EQ((*poses)[i].points[p].score, one[3 + 3 * p]);
    }
  }
}

TEST(Pose, MergedBoxesAndPointsWithoutScoresAreRead) {
  const Task task = task_of(R"({"kind": "pose", "labels": ["hand"],
      "output": {"decode": "end_to_end", "coordinates": 2, "keypoints": ["a", "b"]}})");
  const std::vector<float> raw = {1, 2, 30, 40, 0.9f, 0, 5, 6, 7, 8};
  const auto poses = decode_poses(output_of(raw, {1, 1, 10}), task, *pose_options(task), {64, 64});
  ASSERT_TRUE(poses) << poses.error().text();
  ASSERT_EQ(poses->size(), 1);
  EXPECT_EQ((*poses)[0].points[1].at.x, 7);
  EXPECT_EQ((*poses)[0].points[1].at.y, 8);
  EXPECT_EQ((*poses)[0].points[1].score, 1);
  ASSERT_TRUE((*poses)[0].box);
  EXPECT_EQ((*poses)[0].box->opposite.y, 40);
  Image image(64, 64);
  draw_poses(image, *poses, *pose_options(task));
  const uint8_t* border = image.pixel(29, 20);
  EXPECT_NE(border[0] + border[1] + border[2], 0);
}

constexpr std::string_view kMovenet = R"({"kind": "pose",
  "output": {"keypoints": ["head", "foot"], "bones": [["head", "foot"]]}, "threshold": 0.5})";

TEST(Pose, MovenetSaysRowsOfYXAndScore) {
  const Task task = task_of(kMovenet);
  const PoseOptions options = *pose_options(task);
  const std::vector<float> raw = {0.25f, 0.5f, 0.9f, 1, 0.75f, 0.3f};
  const auto poses = decode_poses(output_of(raw, {1, 1, 2, 3}), task, options, {200, 100});
  ASSERT_TRUE(poses) << poses.error().text();
  ASSERT_EQ(poses->size(), 1);
  EXPECT_FLOAT_EQ((*poses)[0].score, 0.6f);
  EXPECT_EQ((*poses)[0].points[0].at.x, 100);
  EXPECT_EQ((*poses)[0].points[0].at.y, 25);
  EXPECT_EQ((*poses)[0].points[1].at.x, 150);
  ASSERT_EQ(options.bones.size(), 1);
  EXPECT_EQ(options.bones[0], (std::pair<size_t, size_t>{0, 1}));
  const std::vector<float> unsure = {0.25f, 0.5f, 0.1f, 1, 0.75f, 0.3f};
  EXPECT_TRUE(decode_poses(output_of(unsure, {1, 1, 2, 3}), task, options, {9, 9})->empty());
}

TEST(Pose, WhatIsNoPlaceIsNotSeen) {
  const Task task = task_of(kMovenet);
  const PoseOptions options = *pose_options(task);
  const std::vector<float> raw = {NAN, 0.5f, 0.9f, 0.5f, 0.5f, 1.4f};
  const auto poses = decode_poses(output_of(raw, {1, 1, 2, 3}), task, options, {100, 100});
  ASSERT_TRUE(poses) << poses.error().text();
  ASSERT_EQ(poses->size(), 1);
  EXPECT_EQ((*poses)[0].points[0].score, 0);
  Image image(100, 100);
  draw_poses(image, *poses, options);  // one end is not seen: a point, no line
  EXPECT_NE(image.pixel(50, 50)[0] + image.pixel(50, 50)[1] + image.pixel(50, 50)[2], 0);
  EXPECT_EQ(image.pixel(20, 20)[0] + image.pixel(20, 20)[1] + image.pixel(20, 20)[2], 0);
}

TEST(Pose, OtherShapesAndUnknownBonesAreRefused) {
  const Task task = task_of(kMovenet);
  const std::vector<float> raw(6);
  EXPECT_FALSE(decode_poses(output_of(raw, {1, 1, 3, 2}), task, *pose_options(task), {9, 9}));
  EXPECT_FALSE(decode_poses({}, task, *pose_options(task), {9, 9}));
  EXPECT_FALSE(
      pose_options(task_of(R"({"kind": "pose", "output": {"bones": [["head", "tail"]]}})")));
  EXPECT_FALSE(pose_options(task_of(R"({"kind": "pose", "output": {"decode": "other"}})")));
}

TEST(Pose, WithoutNamesThePointsAreCocos) {
  const PoseOptions options = *pose_options(task_of(R"({"kind": "pose"})"));
  EXPECT_EQ(options.names.size(), 17);
  EXPECT_EQ(options.names[16], "right ankle");
  EXPECT_EQ(options.bones.size(), 16);
}

}  // namespace
}  // namespace hone
