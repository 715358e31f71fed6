// From pictures to the sizes, cuts and floats that models take.
#pragma once

#include <span>
#include <vector>

#include "media/image.h"

namespace hone {

// A place in a picture: (0, 0) is the upper left corner of the first pixel, (0.5, 0.5) its center.
struct Point {
  float x = 0;
  float y = 0;
};

enum class Filter : uint8_t {
  nearest,   // the pixel under the center
  bilinear,  // Pillow's BILINEAR: widened when the picture shrinks, so that nothing is skipped
  bicubic,   // Pillow's BICUBIC (a = -0.5), widened likewise
  opencv_bilinear,  // OpenCV's INTER_LINEAR: four neighbors, however much the picture shrinks
};

// All functions here that make a picture refuse sizes below 1 or beyond the limits of image.h.
// Bilinear and bicubic are bit-equal to Pillow, OpenCV's differs from it by at most 1.
Expected<Image> resize(const Image& image, int width, int height, Filter filter);

// The same for one plane of floats of width * height (a mask, a heat map), with OpenCV's bilinear.
Expected<std::vector<float>> resize_plane(std::span<const float> plane, int width, int height,
                                          int new_width, int new_height);

struct Rect {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};
// What lies outside the picture has the color `fill`.
Expected<Image> crop(const Image& image, const Rect& rect, Color fill = {});

enum class Anchor : uint8_t { center, top_left };
struct LetterboxOptions {
  Filter filter = Filter::opencv_bilinear;
  Anchor anchor = Anchor::center;
  Color fill = {114, 114, 114};
  float max_scale = 1e9f;  // 1: small pictures keep their size
};
// The whole picture, its proportions kept, inside width x height.
struct Letterbox {
  Image image;
  float scale_x = 1;  // pixels here for a pixel of the original
  float scale_y = 1;
  int left = 0;  // pixels of fill before the picture
  int top = 0;

  Point to_original(Point point) const {
    return {(point.x - static_cast<float>(left)) / scale_x,
            (point.y - static_cast<float>(top)) / scale_y};
  }
};
Expected<Letterbox> letterbox(const Image& image, int width, int height,
                              const LetterboxOptions& options = {});

// Corners from the upper left, clockwise.
using Quad = std::array<Point, 4>;
// The quadrilateral, straightened to width x height; bicubic, with the picture's border repeated
// outside of it, as OpenCV's warpPerspective of these corners to those of the new picture.
Expected<Image> straighten(const Image& image, const Quad& quad, int width, int height);

// Gray is the luma of BT.601, rounded as Pillow's convert("L").
enum class ChannelOrder : uint8_t { rgb, bgr, gray };
inline size_t channels_of(ChannelOrder order) { return order == ChannelOrder::gray ? 1 : 3; }
enum class PixelLayout : uint8_t { planar, interleaved };  // NCHW, NHWC
struct FloatOptions {
  ChannelOrder order = ChannelOrder::rgb;
  PixelLayout layout = PixelLayout::planar;
  // In the order of the channels as written: (byte - mean) * scale. Gray uses the first.
  std::array<float, 3> mean = {0, 0, 0};
  std::array<float, 3> scale = {1, 1, 1};
};
// `out` holds channels_of(order) floats a pixel.
void to_floats(const Image& image, const FloatOptions& options, std::span<float> out);

}  // namespace hone
