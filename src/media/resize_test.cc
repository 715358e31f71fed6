#include "media/resize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "media/npy.h"

namespace hone {
namespace {

// Resized by Pillow and OpenCV: tools/make_media_goldens.py.
NpyArray golden(std::string_view name) {
  auto array = read_npy(cat(HONE_SOURCE_DIR "/src/media/testdata/resize/", name, ".npy"));
  return array ? *array : NpyArray{};
}

Image golden_image(std::string_view name) {
  const NpyArray array = golden(name);
  if (array.shape.size() != 3) return {};
  Image image(static_cast<int>(array.shape[1]), static_cast<int>(array.shape[0]));
  std::ranges::transform(array.bytes, image.rgb.begin(),
                         [](std::byte b) { return static_cast<uint8_t>(b); });
  return image;
}

struct Distance {
  int largest = 1000;
  double mean = 1000;
};
Distance distance(const Image& image, const Image& truth) {
  if (image.width != truth.width || image.height != truth.height) return {};
  Distance distance{0, 0};
  for (size_t i = 0; i < image.rgb.size(); ++i) {
    const int difference = std::abs(image.rgb[i] - truth.rgb[i]);
    distance.largest = std::max(distance.largest, difference);
    distance.mean += static_cast<double>(difference) / static_cast<double>(image.rgb.size());
  }
  return distance;
}

void expect_like_goldens(Filter filter, std::string_view name, int tolerance) {
  const Image source = golden_image("source");
  for (const std::string_view size : {"24x17", "7x60", "80x50", "13x43"}) {
    const Image truth = golden_image(cat(name, "_", size));
    const auto resized = resize(source, truth.width, truth.height, filter);
    ASSERT_TRUE(resized) << name << size;
    EXPECT_LE(distance(*resized, truth).largest, tolerance) << name << " " << size;
  }
}

TEST(Resize, NearestIsPillows) { expect_like_goldens(Filter::nearest, "nearest", 0); }
TEST(Resize, BilinearIsPillows) { expect_like_goldens(Filter::bilinear, "bilinear", 0); }
TEST(Resize, BicubicIsPillows) { expect_like_goldens(Filter::bicubic, "bicubic", 0); }
TEST(Resize, OpencvBilinearIsOpencvs) {
  expect_like_goldens(Filter::opencv_bilinear, "opencv_bilinear", 1);
}

TEST(Resize, TheSameSizeIsTheSamePicture) {
  const Image source = golden_image("source");
  for (const Filter filter :
       {Filter::nearest, Filter::bilinear, Filter::bicubic, Filter::opencv_bilinear}) {
    EXPECT_EQ(resize(source, source.width, source.height, filter)->rgb, source.rgb);
  }
}

TEST(Resize, OnePixelFillsAndTakesAll) {
  Image one(1, 1);
  one.rgb = {10, 200, 255};
  for (const Filter filter :
       {Filter::nearest, Filter::bilinear, Filter::bicubic, Filter::opencv_bilinear}) {
    const Image large = resize(one, 5, 3, filter).value();
    for (size_t i = 0; i < large.rgb.size(); ++i) EXPECT_EQ(large.rgb[i], one.rgb[i % 3]);
    EXPECT_EQ(resize(large, 1, 1, filter)->rgb, one.rgb);
  }
}

TEST(Resize, SizesThatCannotBeAreRefused) {
  const Image one(1, 1);
  for (const auto& [width, height] :
       {std::pair(0, 5), {5, 0}, {-1, 5}, {70000, 1}, {60000, 60000}}) {
    EXPECT_FALSE(resize(one, width, height, Filter::bilinear));
    EXPECT_FALSE(crop(one, {0, 0, width, height}));
    EXPECT_FALSE(letterbox(one, width, height));
    EXPECT_FALSE(straighten(one, {}, width, height));
  }
  EXPECT_FALSE(resize(Image(), 5, 5, Filter::bilinear));
}

TEST(ResizePlane, IsOpencvs) {
  const NpyArray plane = golden("plane"), truth = golden("plane_80x50");
  const PackedView<float> values(plane.bytes), expected(truth.bytes);
  std::vector<float> source;
  for (const float value : values) source.push_back(value);
  const auto resized = resize_plane(source, 61, 43, 80, 50);
  ASSERT_TRUE(resized);
  ASSERT_EQ(resized->size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR((*resized)[i], expected[i], 1e-5);
  EXPECT_FALSE(resize_plane(source, 60, 43, 80, 50));
}

TEST(Crop, OutsideIsFilled) {
  const Image source = golden_image("source");
  const Image cut = crop(source, {-2, 40, 5, 6}, {1, 2, 3}).value();
  for (int y = 0; y < 6; ++y) {
    for (int x = 0; x < 5; ++x) {
      const bool inside = x >= 2 && y < 3;
      const Color fill = {1, 2, 3};
      const uint8_t* truth = inside ? source.pixel(x - 2, y + 40) : fill.data();
      EXPECT_TRUE(std::equal(truth, truth + 3, cut.pixel(x, y))) << x << " " << y;
    }
  }
  for (const int far : {1000, -1000, INT32_MAX, INT32_MIN}) {
    const Image none = crop(source, {far, far, 2, 2}, {9, 9, 9}).value();
    EXPECT_EQ(std::ranges::count(none.rgb, 9), 12);
  }
}

TEST(Letterbox, KeepsProportionsAndKnowsTheWayBack) {
  const Image source = golden_image("source");  // 61 x 43
  const Letterbox box = letterbox(source, 128, 128).value();
  EXPECT_EQ(box.left, 0);
  EXPECT_EQ(box.top, (128 - 90) / 2);
  EXPECT_EQ(*box.image.pixel(5, 3), 114);
  const Point corner = box.to_original({128, 128.0f - 19});
  EXPECT_NEAR(corner.x, 61, 1e-4);
  EXPECT_NEAR(corner.y, 43, 1e-4);
  const Image truth = resize(source, 128, 90, Filter::opencv_bilinear).value();
  EXPECT_EQ(crop(box.image, {0, 19, 128, 90})->rgb, truth.rgb);

  const Letterbox small =
      letterbox(source, 128, 64, {.anchor = Anchor::top_left, .fill = {0, 0, 0}, .max_scale = 1})
          .value();
  EXPECT_EQ(small.scale_x, 1);
  EXPECT_EQ(crop(small.image, {0, 0, 61, 43})->rgb, source.rgb);
  EXPECT_EQ(*small.image.pixel(127, 63), 0);
}

TEST(Letterbox, ThinPicturesKeepAPixel) {
  const Letterbox box = letterbox(Image(20000, 1), 64, 64).value();
  EXPECT_EQ(box.image.width, 64);
  EXPECT_EQ(box.image.height, 64);
}

TEST(Straighten, IsOpencvs) {
  const Quad quad = {{{10, 5}, {50, 12}, {47, 39}, {6, 30}}};
  const Image straight = straighten(golden_image("source"), quad, 48, 24).value();
  // OpenCV rounds places to 1/32 pixel; the hard edge shows it most.
  const Distance away = distance(straight, golden_image("straight_48x24"));
  EXPECT_LT(away.largest, 12);
  EXPECT_LT(away.mean, 0.7);
}

TEST(Straighten, ARectangleIsACrop) {
  const Image source = golden_image("source");
  const Quad quad = {{{3, 4}, {23, 4}, {23, 14}, {3, 14}}};
  EXPECT_EQ(straighten(source, quad, 20, 10)->rgb, crop(source, {3, 4, 20, 10})->rgb);
}

TEST(Straighten, OddQuadsAreHarmless) {
  const Image source = golden_image("source");
  const float inf = INFINITY, nan = NAN;
  for (const Quad& quad : {Quad{}, Quad{{{1, 1}, {2, 2}, {3, 3}, {4, 4}}},
                           Quad{{{-1e30f, 0}, {1e30f, 5}, {7, -1e38f}, {3, 3}}},
                           Quad{{{nan, 0}, {inf, 0}, {0, -inf}, {0, 9}}}}) {
    EXPECT_TRUE(straighten(source, quad, 9, 9));
  }
}

TEST(ToFloats, GrayIsPillows) {
  const Image source = golden_image("source");
  const NpyArray truth = golden("gray");
  std::vector<float> out(source.rgb.size() / 3);
  ASSERT_EQ(truth.bytes.size(), out.size());
  to_floats(source, {.order = ChannelOrder::gray, .mean = {10, 0, 0}, .scale = {2, 0, 0}}, out);
  for (size_t i = 0; i < out.size(); ++i) {
    ASSERT_EQ(out[i], (static_cast<float>(truth.bytes[i]) - 10) * 2);
  }
}

TEST(ToFloats, OrdersAndLayouts) {
  Image image(2, 1);
  image.rgb = {0, 10, 20, 30, 40, 50};
  std::vector<float> out(6);
  to_floats(image, {}, out);
  EXPECT_EQ(out, (std::vector<float>{0, 30, 10, 40, 20, 50}));
  to_floats(image, {.order = ChannelOrder::bgr, .layout = PixelLayout::interleaved}, out);
  EXPECT_EQ(out, (std::vector<float>{20, 10, 0, 50, 40, 30}));
  to_floats(image, {.order = ChannelOrder::bgr, .mean = {20, 10, 0}, .scale = {1, 2, 0.5f}}, out);
  EXPECT_EQ(out, (std::vector<float>{0, 30, 0, 60, 0, 15}));
}

}  // namespace
}  // namespace hone
