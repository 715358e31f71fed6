// Against SciPy: tools/make_segment_goldens.py.
#include "tasks/segment.h"

#include <gtest/gtest.h>

#include <cstring>

#include "support/golden.h"

namespace hone {
namespace {

const test::Golden& golden() {
  static const test::Golden file =
      *test::Golden::open(cat(HONE_SOURCE_DIR, "/src/tasks/testdata/segment.golden"));
  return file;
}

Outputs output_of(std::span<const float> values, const Dims& dims) {
  Tensor tensor = *Tensor::allocate(DType::f32, dims);
  std::memcpy(tensor.writable().data, values.data(), values.size_bytes());
  return {{"map"}, {tensor}};
}

struct Picture {
  int width, height;
  PictureTensor made;
};
Picture picture(std::string_view name) {
  Picture one{37, 23, {}};
  one.made.width = 64;
  one.made.height = 48;
  one.made.placed.scale_x = 64.0f / 37;
  one.made.placed.scale_y = 48.0f / 23;
  if (name == "stretched") return one;
  one = {40, 20, {}};
  one.made.width = one.made.height = 32;
  one.made.placed.scale_x = one.made.placed.scale_y = 0.8f;
  one.made.placed.top = 8;
  return one;
}

SegmentOptions options_of(std::string_view task) {
  const auto parsed = parse_task(*Json::parse(task));
  EXPECT_TRUE(parsed) << parsed.error().text();
  return *segment_options(*parsed);
}

// Where two classes come out equal but for rounding, either is right: a few pixels at most.
void expect_classes(const Segmentation& made, std::string_view wanted_name) {
  const std::span<const int32_t> wanted = golden().ints(wanted_name);
  ASSERT_EQ(made.classes.size(), wanted.size()) << wanted_name;
  size_t other = 0;
  for (size_t i = 0; i < wanted.size(); ++i) other += made.classes[i] != wanted[i] ? 1 : 0;
  EXPECT_LE(other, 2) << wanted_name;
}

TEST(Segment, ScoresAreInterpolatedBeforeTheyAreCompared) {
  const SegmentOptions options =
      options_of(R"({"kind": "segment", "labels": ["a", "b", "c", "d", "e"]})");
  for (const std::string name : {"stretched", "boxed"}) {
    const Picture one = picture(name);
    const Outputs outputs = output_of(golden().floats(name + ".scores"), {1, 5, 12, 16});
    const auto made = decode_segments(outputs, options, one.made, one.width, one.height);
    ASSERT_TRUE(made) << made.error().text();
    expect_classes(*made, name + ".best");
    double all = 0;
    for (const Segment& segment : made->segments) all += segment.share;
    EXPECT_NEAR(all, 1, 1e-9);
    EXPECT_GE(made->segments[0].share, made->segments[1].share);
  }
}

TEST(Segment, ChannelsMayLieLast) {
  const SegmentOptions options = options_of(R"({"kind": "segment"})");
  const std::span<const float> planes = golden().floats("boxed.scores");
  std::vector<float> last(planes.size());
  for (size_t c = 0; c < 5; ++c) {
    for (size_t p = 0; p < 192; ++p) last[p * 5 + c] = planes[c * 192 + p];
  }
  const Picture one = picture("boxed");
  const auto made = decode_segments(output_of(last, {1, 12, 16, 5}), options, one.made, 40, 20);
  ASSERT_TRUE(made) << made.error().text();
  expect_classes(*made, "boxed.best");
}

TEST(Segment, AMaskIsClassOneWhereItIsSureEnough) {
  const SegmentOptions options = options_of(
      R"({"kind": "segment", "output": {"decode": "mask", "activation": "sigmoid"},
          "threshold": 0.6})");
  for (const std::string name : {"stretched", "boxed"}) {
    const Picture one = picture(name);
    for (const Dims& dims : {Dims{1, 1, 12, 16}, Dims{1, 12, 16, 1}, Dims{1, 12, 16}}) {
      const auto made = decode_segments(output_of(golden().floats(name + ".mask"), dims), options,
                                        one.made, one.width, one.height);
      ASSERT_TRUE(made) << made.error().text();
      expect_classes(*made, name + ".inside");
    }
  }
}

TEST(Segment, ClassesAreTakenAsTheyAre) {
  const SegmentOptions options =
      options_of(R"({"kind": "segment", "output": {"decode": "classes"}})");
  PictureTensor made_of;
  made_of.width = made_of.height = 2;
  made_of.placed.scale_x = made_of.placed.scale_y = 0.5f;
  const std::vector<float> map = {1, 2, 3, -7};
  const auto made = decode_segments(output_of(map, {1, 2, 2}), options, made_of, 4, 4);
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_EQ(made->classes, (std::vector<uint16_t>{1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 0, 0, 3, 3, 0, 0}));
  EXPECT_EQ(class_picture(*made).levels[8], 3);
  Image image(4, 4);
  draw_segments(image, *made, 0);
  EXPECT_EQ(image.pixel(3, 3)[0] + image.pixel(3, 3)[1] + image.pixel(3, 3)[2], 0);
}

TEST(Segment, OutputsOfAnotherShapeAreRefused) {
  const std::vector<float> numbers(48);
  const PictureTensor made_of{.tensor = {}, .width = 4, .height = 4};
  const SegmentOptions classes =
      options_of(R"({"kind": "segment", "output": {"decode": "classes"}})");
  EXPECT_FALSE(decode_segments(output_of(numbers, {1, 3, 4, 4}), classes, made_of, 4, 4));
  EXPECT_FALSE(decode_segments(output_of(numbers, {48}), classes, made_of, 4, 4));
  EXPECT_FALSE(decode_segments({}, classes, made_of, 4, 4));
  const SegmentOptions named = options_of(R"({"kind": "segment", "output": {"map": "other"}})");
  EXPECT_FALSE(decode_segments(output_of(numbers, {1, 3, 4, 4}), named, made_of, 4, 4));
  EXPECT_FALSE(segment_options(
      *parse_task(*Json::parse(R"({"kind": "segment", "output": {"decode": "boxes"}})"))));
}

}  // namespace
}  // namespace hone
