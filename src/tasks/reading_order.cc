// The order of lines on pages that are tilted or turned.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "tasks/text_boxes.h"

namespace hone {
namespace {

constexpr float kUpright = 0.035f;  // sine of the tilt that is none: 2 degrees
constexpr float kRow = 10;          // pixels, as RapidOCR has them

float length_of(const Quad& quad) {
  const QuadSides sides = sides_of(quad);
  return std::max(sides.width, sides.height);
}

float height_of(const Quad& quad) {
  const QuadSides sides = sides_of(quad);
  return std::min(sides.width, sides.height);
}

// Of length 1; long lines count more, and say it more exactly.
Point page_direction(std::span<const ReadingLine> lines) {
  Point sum;
  for (const ReadingLine& line : lines) {
    const float weight = length_of(line.quad);
    sum.x += weight * line.direction.x;
    sum.y += weight * line.direction.y;
  }
  const float length = std::hypot(sum.x, sum.y);
  return length > 0 ? Point{sum.x / length, sum.y / length} : Point{1, 0};
}

// Where a line begins, from the page's upper left: across and down in its own directions.
Point beginning(const Quad& quad, Point along) {
  Point least{INFINITY, INFINITY};
  for (const Point& p : quad) {
    least.x = std::min(least.x, p.x * along.x + p.y * along.y);
    least.y = std::min(least.y, p.y * along.x - p.x * along.y);
  }
  return least;
}

float row_height(std::span<const ReadingLine> lines) {
  std::vector<float> heights;
  for (const ReadingLine& line : lines) heights.push_back(height_of(line.quad));
  const auto middle = heights.begin() + static_cast<std::ptrdiff_t>(heights.size() / 2);
  std::ranges::nth_element(heights, middle);
  return std::max(kRow, *middle / 2);
}

}  // namespace

std::vector<size_t> reading_order(std::span<const ReadingLine> lines) {
  std::vector<size_t> order(lines.size());
  std::iota(order.begin(), order.end(), size_t{0});
  if (lines.empty()) return order;
  const Point along = page_direction(lines);
  const bool upright = along.x > 0 && std::abs(along.y) < kUpright;
  const float row = upright ? kRow : row_height(lines);
  std::vector<Point> begins;
  for (const ReadingLine& line : lines) {
    begins.push_back(upright ? line.quad[0] : beginning(line.quad, along));
  }
  std::ranges::stable_sort(order, [&](size_t a, size_t b) {
    const Point &p = begins[a], &q = begins[b];
    return p.y != q.y ? p.y < q.y : p.x < q.x;
  });
  for (size_t i = 1; i < order.size(); ++i) {
    for (size_t j = i; j > 0; --j) {
      const Point &before = begins[order[j - 1]], &here = begins[order[j]];
      if (!(std::abs(here.y - before.y) < row && here.x < before.x)) break;
      std::swap(order[j - 1], order[j]);
    }
  }
  return order;
}

}  // namespace hone
