#include <algorithm>
#include <cmath>

#include "media/resize.h"

namespace hone {
namespace {

// x = (a u + b v + c) / (g u + h v + 1), y = (d u + e v + f) / (g u + h v + 1)
struct Homography {
  double a, b, c, d, e, f, g, h;

  Point at(double u, double v) const {
    const double w = g * u + h * v + 1;
    return {static_cast<float>((a * u + b * v + c) / w),
            static_cast<float>((d * u + e * v + f) / w)};
  }
};

// From the unit square to a quadrilateral (Heckbert, "Fundamentals of Texture Mapping and Image
// Warping", 1989, section 2.2.3).
Homography square_to_quad(const Quad& quad) {
  const auto [p0, p1, p2, p3] = quad;
  const double dx1 = p1.x - p2.x, dx2 = p3.x - p2.x, sx = p0.x - p1.x + p2.x - p3.x;
  const double dy1 = p1.y - p2.y, dy2 = p3.y - p2.y, sy = p0.y - p1.y + p2.y - p3.y;
  const double area = dx1 * dy2 - dx2 * dy1;
  const double g = area == 0 ? 0 : (sx * dy2 - dx2 * sy) / area;
  const double h = area == 0 ? 0 : (dx1 * sy - sx * dy1) / area;
  return {p1.x - p0.x + g * p1.x,
          p3.x - p0.x + h * p3.x,
          p0.x,
          p1.y - p0.y + g * p1.y,
          p3.y - p0.y + h * p3.y,
          p0.y,
          g,
          h};
}

// Of the pixels at -1, 0, 1 and 2; Keys' cubic with a = -0.75, as OpenCV has it.
std::array<float, 4> cubic_weights(float x) {
  constexpr float kA = -0.75f;
  const auto near = [](float t) { return ((kA + 2) * t - (kA + 3)) * t * t + 1; };
  const auto far = [](float t) { return ((kA * t - 5 * kA) * t + 8 * kA) * t - 4 * kA; };
  const float first = far(x + 1), second = near(x), third = near(1 - x);
  return {first, second, third, 1 - first - second - third};
}

// A coordinate as a pixel and a rest, near enough to the picture to be an int.
std::pair<int, float> split_at(float at, int size) {
  const float inside = std::isfinite(at) ? std::clamp(at, -2.0f, static_cast<float>(size) + 2) : 0;
  const float whole = std::floor(inside);
  return {static_cast<int>(whole), inside - whole};
}

void sample(const Image& image, Point at, uint8_t* to) {
  const auto [x, share_x] = split_at(at.x, image.width);
  const auto [y, share_y] = split_at(at.y, image.height);
  const std::array<float, 4> across = cubic_weights(share_x);
  const std::array<float, 4> down = cubic_weights(share_y);
  std::array<float, 3> sums = {0.5f, 0.5f, 0.5f};
  for (int j = 0; j < 4; ++j) {
    const int row = std::clamp(y - 1 + j, 0, image.height - 1);
    for (int i = 0; i < 4; ++i) {
      const uint8_t* pixel = image.pixel(std::clamp(x - 1 + i, 0, image.width - 1), row);
      const float weight = across[static_cast<size_t>(i)] * down[static_cast<size_t>(j)];
      for (size_t c = 0; c < 3; ++c) sums[c] += weight * pixel[c];
    }
  }
  for (size_t c = 0; c < 3; ++c) to[c] = static_cast<uint8_t>(std::clamp(sums[c], 0.0f, 255.0f));
}

}  // namespace

Expected<Image> straighten(const Image& image, const Quad& quad, int width, int height) {
  HONE_TRY(Image out, crop(image, {0, 0, width, height}));
  const Homography map = square_to_quad(quad);
  for (int y = 0; y < height; ++y) {
    uint8_t* to = out.pixel(0, y);
    for (int x = 0; x < width; ++x, to += 3) {
      sample(image, map.at(static_cast<double>(x) / width, static_cast<double>(y) / height), to);
    }
  }
  return out;
}

}  // namespace hone
