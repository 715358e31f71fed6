#include "tasks/text_boxes.h"

#include <algorithm>
#include <cmath>

namespace hone {
namespace {

double cross(const Point& o, const Point& a, const Point& b) {
  return static_cast<double>(a.x - o.x) * (b.y - o.y) -
         static_cast<double>(a.y - o.y) * (b.x - o.x);
}

float distance(const Point& a, const Point& b) { return std::hypot(a.x - b.x, a.y - b.y); }

// Andrew's monotone chain.
std::vector<Point> convex_hull(std::vector<Point> points) {
  std::ranges::sort(
      points, [](const Point& a, const Point& b) { return a.x != b.x ? a.x < b.x : a.y < b.y; });
  if (points.size() < 3) return points;
  std::vector<Point> hull;
  const auto half = [&](auto begin, auto end) {
    const size_t base = hull.size();
    for (auto at = begin; at != end; ++at) {
      while (hull.size() > base + 1 && cross(hull[hull.size() - 2], hull.back(), *at) <= 0) {
        hull.pop_back();
      }
      hull.push_back(*at);
    }
    hull.pop_back();
  };
  half(points.begin(), points.end());
  half(points.rbegin(), points.rend());
  return hull;
}

// Along the direction (dx, dy), a unit vector.
struct Span2 {
  float low_u, high_u, low_v, high_v;
  float area() const { return (high_u - low_u) * (high_v - low_v); }
};
Span2 extent(std::span<const Point> hull, float dx, float dy) {
  Span2 made{1e30f, -1e30f, 1e30f, -1e30f};
  for (const Point& p : hull) {
    const float u = p.x * dx + p.y * dy, v = p.y * dx - p.x * dy;
    made.low_u = std::min(made.low_u, u);
    made.high_u = std::max(made.high_u, u);
    made.low_v = std::min(made.low_v, v);
    made.high_v = std::max(made.high_v, v);
  }
  return made;
}

// Of four corners in any order: the two left ones, the upper first, then the two right ones.
Quad in_order(Quad quad) {
  std::ranges::sort(quad, [](const Point& a, const Point& b) { return a.x < b.x; });
  if (quad[1].y < quad[0].y) std::swap(quad[0], quad[1]);
  if (quad[3].y < quad[2].y) std::swap(quad[2], quad[3]);
  return {quad[0], quad[2], quad[3], quad[1]};
}

std::vector<uint8_t> binarize(std::span<const float> map, int width, int height,
                              const TextBoxOptions& options) {
  std::vector<uint8_t> mask(map.size());
  for (size_t i = 0; i < map.size(); ++i) mask[i] = map[i] > options.threshold ? 1 : 0;
  if (options.dilate == TextBoxOptions::Dilate::no) return mask;
  // By OpenCV's 2 x 2 kernel, which is anchored at its lower right corner.
  std::vector<uint8_t> grown = mask;
  const size_t row = static_cast<size_t>(width);
  for (size_t y = 0; y < static_cast<size_t>(height); ++y) {
    for (size_t x = 0; x < row; ++x) {
      const size_t at = y * row + x;
      if (x > 0) grown[at] |= mask[at - 1];
      if (y > 0) grown[at] |= mask[at - row];
      if (x > 0 && y > 0) grown[at] |= mask[at - row - 1];
    }
  }
  return grown;
}

// Takes the region around `start` (8 neighbors) off the mask; the leftmost and rightmost pixels of
// each of its rows' runs, which is all that its hull needs.
class RegionTaker {
 public:
  RegionTaker(std::vector<uint8_t>& mask, int width, int height)
      : mask_(mask), width_(width), height_(height) {}

  std::vector<Point> take(int x, int y) {
    std::vector<Point> edge;
    clear(x, y);
    while (!open_.empty()) {
      const auto [px, py] = open_.back();
      open_.pop_back();
      int inside = 0;
      for (int dy = -1; dy <= 1; ++dy) {
        for (int dx = -1; dx <= 1; ++dx) inside += visit(px + dx, py + dy);
      }
      if (inside < 9) edge.push_back({static_cast<float>(px), static_cast<float>(py)});
    }
    return edge;
  }

 private:
  void clear(int x, int y) {
    mask_[index(x, y)] = kTaken;
    open_.push_back({x, y});
  }
  // Whether the pixel belongs to a region.
  int visit(int x, int y) {
    if (x < 0 || y < 0 || x >= width_ || y >= height_ || mask_[index(x, y)] == 0) return 0;
    if (mask_[index(x, y)] == 1) clear(x, y);
    return 1;
  }
  size_t index(int x, int y) const {
    return static_cast<size_t>(y) * static_cast<size_t>(width_) + static_cast<size_t>(x);
  }

  static constexpr uint8_t kTaken = 2;
  std::vector<uint8_t>& mask_;
  int width_, height_;
  std::vector<std::pair<int, int>> open_;
};

// The map's mean over the pixels in a quadrilateral, its edge included.
float mean_inside(std::span<const float> map, int width, int height, const Quad& quad) {
  const auto [left, right] = std::ranges::minmax({quad[0].x, quad[1].x, quad[2].x, quad[3].x});
  const auto [top, bottom] = std::ranges::minmax({quad[0].y, quad[1].y, quad[2].y, quad[3].y});
  const auto bound = [](float v, int size) { return std::clamp(static_cast<int>(v), 0, size - 1); };
  double sum = 0;
  int64_t count = 0;
  for (int y = bound(std::floor(top), height); y <= bound(std::ceil(bottom), height); ++y) {
    for (int x = bound(std::floor(left), width); x <= bound(std::ceil(right), width); ++x) {
      const Point p{static_cast<float>(x), static_cast<float>(y)};
      bool inside = true;
      for (size_t i = 0; i < 4; ++i) {
        const Point &a = quad[i], &b = quad[(i + 1) % 4];
        inside = inside && cross(a, b, p) >= -0.5 * distance(a, b);
      }
      if (!inside) continue;
      sum += map[static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)];
      ++count;
    }
  }
  return count > 0 ? static_cast<float>(sum / static_cast<double>(count)) : 0;
}

// A rectangle with its sides moved outward.
Quad grown(const Quad& quad, float by) {
  const QuadSides sides = sides_of(quad);
  const float w = std::max(sides.width, 1e-6f), h = std::max(sides.height, 1e-6f);
  const Point right{(quad[1].x - quad[0].x) / w * by, (quad[1].y - quad[0].y) / w * by};
  const Point down{(quad[3].x - quad[0].x) / h * by, (quad[3].y - quad[0].y) / h * by};
  return {Point{quad[0].x - right.x - down.x, quad[0].y - right.y - down.y},
          Point{quad[1].x + right.x - down.x, quad[1].y + right.y - down.y},
          Point{quad[2].x + right.x + down.x, quad[2].y + right.y + down.y},
          Point{quad[3].x - right.x + down.x, quad[3].y - right.y + down.y}};
}

}  // namespace

QuadSides sides_of(const Quad& quad) {
  return {(distance(quad[0], quad[1]) + distance(quad[3], quad[2])) / 2,
          (distance(quad[0], quad[3]) + distance(quad[1], quad[2])) / 2};
}

Quad smallest_rectangle(std::span<const Point> points) {
  const std::vector<Point> hull = convex_hull({points.begin(), points.end()});
  if (hull.empty()) return {};
  Span2 best = extent(hull, 1, 0);
  float best_x = 1, best_y = 0;
  for (size_t i = 0; i < hull.size(); ++i) {
    const Point &a = hull[i], &b = hull[(i + 1) % hull.size()];
    const float length = distance(a, b);
    if (length == 0) continue;
    const float dx = (b.x - a.x) / length, dy = (b.y - a.y) / length;
    const Span2 span = extent(hull, dx, dy);
    if (span.area() < best.area()) {
      best = span;
      best_x = dx;
      best_y = dy;
    }
  }
  const auto corner = [&](float u, float v) {
    return Point{u * best_x - v * best_y, u * best_y + v * best_x};
  };
  return in_order({corner(best.low_u, best.low_v), corner(best.high_u, best.low_v),
                   corner(best.high_u, best.high_v), corner(best.low_u, best.high_v)});
}

std::vector<TextBox> find_text_boxes(std::span<const float> map, int width, int height,
                                     const TextBoxOptions& options) {
  std::vector<uint8_t> mask = binarize(map, width, height, options);
  RegionTaker taker(mask, width, height);
  std::vector<TextBox> found;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width && found.size() < options.most; ++x) {
      if (mask[static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)] != 1) {
        continue;
      }
      const Quad tight = smallest_rectangle(taker.take(x, y));
      const QuadSides sides = sides_of(tight);
      if (std::min(sides.width, sides.height) < options.min_size) continue;
      const float score = mean_inside(map, width, height, tight);
      if (!(score >= options.box_threshold)) continue;
      const double area = static_cast<double>(sides.width) * sides.height;
      const double by = area * options.unclip_ratio / (2 * (sides.width + sides.height));
      found.push_back({grown(tight, static_cast<float>(by)), score});
    }
  }
  return found;
}

}  // namespace hone
