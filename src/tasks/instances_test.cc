// Against NumPy and SciPy: tools/make_segment_goldens.py.
#include "tasks/instances.h"

#include <gtest/gtest.h>

#include <cstring>

#include "support/golden.h"

namespace hone {
namespace {

constexpr int kWidth = 40, kHeight = 20;

const test::Golden& golden() {
  static const test::Golden file =
      *test::Golden::open(cat(HONE_SOURCE_DIR, "/src/tasks/testdata/segment.golden"));
  return file;
}

Tensor tensor_of(std::string_view name, const Dims& dims) {
  const std::span<const float> values = golden().floats(name);
  Tensor tensor = *Tensor::allocate(DType::f32, dims);
  std::memcpy(tensor.writable().data, values.data(), values.size_bytes());
  return tensor;
}

Outputs outputs() {
  return {
      {"boxes", "masks"},
      {tensor_of("instances.raw", {1, 13, 50}), tensor_of("instances.prototypes", {1, 6, 8, 8})}};
}

PictureTensor boxed() {
  PictureTensor made;
  made.width = made.height = 32;
  made.placed.scale_x = made.placed.scale_y = 0.8f;
  made.placed.top = 8;
  return made;
}

Task task_of(std::string_view more) {
  return *parse_task(
      *Json::parse(cat(R"({"kind": "segment", "labels": ["a", "b", "c"], "threshold": 0.93,
              "output": {"decode": "yolov8")",
                       more, "}}")));
}

Expected<std::vector<Instance>> found(const Outputs& given, std::string_view more = "") {
  const Task task = task_of(more);
  return decode_instances(given, task, *instance_options(task), boxed(), kWidth, kHeight);
}

// 1 where the instance is, of a pixel of the picture.
int mask_at(const Instance& one, int x, int y) {
  const int column = x - one.place.x, row = y - one.place.y;
  const bool in = column >= 0 && column < one.place.width && row >= 0 && row < one.place.height;
  return in ? one.mask[static_cast<size_t>(row * one.place.width + column)] : 0;
}

TEST(Instances, MasksAreCombinedAndCutToTheirBoxes) {
  const auto instances = found(outputs());
  ASSERT_TRUE(instances) << instances.error().text();
  const std::span<const int32_t> classes = golden().ints("instances.classes");
  const std::span<const int32_t> masks = golden().ints("instances.masks");
  ASSERT_EQ(instances->size(), classes.size());
  ASSERT_GE(classes.size(), 4);
  for (size_t i = 0; i < classes.size(); ++i) {
    EXPECT_EQ((*instances)[i].what.index, static_cast<size_t>(classes[i]));
    size_t other = 0, set = 0, place = i * kWidth * kHeight;
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x, ++place) {
        other += mask_at((*instances)[i], x, y) != masks[place] ? 1 : 0;
        set += static_cast<size_t>(masks[place]);
      }
    }
    EXPECT_LE(other, 1) << i;  // of pixels on the border, rounding may take one
    EXPECT_GT(set, 0) << i;
  }
}

TEST(Instances, TheBestIsOnTop) {
  const auto instances = found(outputs());
  ASSERT_TRUE(instances) << instances.error().text();
  const GrayImage ids = instance_picture(*instances, kWidth, kHeight);
  Image drawn(kWidth, kHeight);
  draw_instances(drawn, *instances);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      int best = 0;
      for (size_t i = instances->size(); i-- > 0;) {
        if (mask_at((*instances)[i], x, y) != 0) best = static_cast<int>(i) + 1;
      }
      EXPECT_EQ(ids.levels[static_cast<size_t>(y * kWidth + x)], best);
    }
  }
}

TEST(Instances, BoxesOfOtherDecodersHaveMasksToo) {
  Tensor masks = *Tensor::allocate(DType::f32, {1, 2, 4, 4});
  std::fill_n(masks.writable().as<float>(), 16, 1.0f);
  std::fill_n(masks.writable().as<float>() + 16, 16, -1.0f);
  const std::vector<float> merged = {0, 0, 32, 32, 0.95f, 1, 1, 0, 0, 0, 16, 32, 0.94f, 2, 0, 1};
  const std::vector<float> objects = {16, 16, 32, 32, 1, 0, 0.95f, 0,     1, 0,
                                      8,  16, 16, 32, 1, 0, 0,     0.94f, 0, 1};
  const auto with = [&](std::string_view decode, const std::vector<float>& rows) {
    Tensor boxes = *Tensor::allocate(DType::f32, {1, 2, static_cast<int64_t>(rows.size() / 2)});
    std::memcpy(boxes.writable().data, rows.data(), rows.size() * sizeof(float));
    const Task task = *parse_task(
        *Json::parse(cat(R"({"kind": "segment", "labels": ["a", "b", "c"], "output": {"decode": ")",
                         decode, "\"}}")));
    return decode_instances({{"boxes", "masks"}, {boxes, masks}}, task, *instance_options(task),
                            boxed(), kWidth, kHeight);
  };
  for (const auto& found : {with("end_to_end", merged), with("yolov5", objects)}) {
    ASSERT_TRUE(found) << found.error().text();
    ASSERT_EQ(found->size(), 2);
    EXPECT_EQ((*found)[0].what.label, "b");
    EXPECT_EQ(mask_at((*found)[0], 1, 1), 1);
    EXPECT_EQ((*found)[1].what.label, "c");
    EXPECT_EQ(mask_at((*found)[1], 1, 1), 0);
  }
}

TEST(Instances, OutputsThatDoNotFitAreRefused) {
  Outputs without = outputs();
  without.tensors.pop_back();
  without.names.pop_back();
  EXPECT_FALSE(found(without));
  EXPECT_FALSE(found(outputs(), R"(, "map": "other")"));
  Outputs wide = outputs();
  wide.tensors[1] = *Tensor::allocate(DType::f32, {1, 40, 8, 8});
  EXPECT_FALSE(found(wide));
}

}  // namespace
}  // namespace hone
