#include "media/draw.h"

#include <algorithm>
#include <cmath>

namespace hone {
namespace {

constexpr float kLineShare = 0.003f;  // of the mean of width and height
constexpr int kMaxBrush = 1000;

// Light and dark by turns, neighbors far apart in hue.
constexpr Color kPalette[] = {
    {230, 25, 75},   {60, 180, 75},   {0, 130, 200},   {255, 225, 25},  {245, 130, 48},
    {145, 30, 180},  {70, 240, 240},  {240, 50, 230},  {210, 245, 60},  {250, 190, 212},
    {0, 128, 128},   {220, 190, 255}, {170, 110, 40},  {255, 250, 200}, {128, 0, 0},
    {170, 255, 195}, {128, 128, 0},   {255, 215, 180}, {0, 0, 128},     {128, 128, 128},
};

float mean_side(const Image& image) { return static_cast<float>(image.width + image.height) / 2; }

int width_of(const Image& image, const Brush& brush) {
  return brush.width > 0 ? std::min(brush.width, kMaxBrush) : line_width(image);
}

// Pixels [left, right) x [top, bottom), cut to the picture.
void fill_rect(Image& image, int left, int top, int right, int bottom, Color color) {
  left = std::clamp(left, 0, image.width);
  right = std::clamp(right, left, image.width);
  top = std::clamp(top, 0, image.height);
  bottom = std::clamp(bottom, top, image.height);
  for (int y = top; y < bottom; ++y) {
    for (int x = left; x < right; ++x) std::ranges::copy(color, image.pixel(x, y));
  }
}

void fill_disc(Image& image, Point center, float diameter, Color color) {
  const float radius = diameter / 2;
  const int top = std::max(0, static_cast<int>(std::floor(center.y - radius)));
  const int bottom = std::min(image.height, static_cast<int>(std::ceil(center.y + radius)));
  for (int y = top; y < bottom; ++y) {
    const float down = static_cast<float>(y) + 0.5f - center.y;
    if (std::abs(down) > radius) continue;
    const float half = std::sqrt(radius * radius - down * down);
    fill_rect(image, static_cast<int>(std::lround(center.x - half)), y,
              static_cast<int>(std::lround(center.x + half)), y + 1, color);
  }
}

// The part of a line inside the picture and `margin` around it (Liang and Barsky, 1984).
bool cut_line(const Image& image, double margin, Point& from, Point& to) {
  if (!std::isfinite(from.x + from.y + to.x + to.y)) return false;
  const double dx = static_cast<double>(to.x) - from.x;
  const double dy = static_cast<double>(to.y) - from.y;
  double begin = 0, end = 1;
  const auto cut = [&](double step, double room) {  // keeps what has step * t <= room
    if (step == 0) return room >= 0;
    if (step > 0) end = std::min(end, room / step);
    if (step < 0) begin = std::max(begin, room / step);
    return begin <= end;
  };
  const bool seen = cut(-dx, from.x + margin) && cut(dx, image.width + margin - from.x) &&
                    cut(-dy, from.y + margin) && cut(dy, image.height + margin - from.y);
  const Point start = from;
  from = {static_cast<float>(start.x + begin * dx), static_cast<float>(start.y + begin * dy)};
  to = {static_cast<float>(start.x + end * dx), static_cast<float>(start.y + end * dy)};
  return seen;
}

}  // namespace

int to_pixel(float at) { return static_cast<int>(std::lround(std::clamp(at, -1e6f, 1e6f))); }

int line_width(const Image& image) {
  return std::max(2, static_cast<int>(std::lround(kLineShare * mean_side(image))));
}

void fill_rect(Image& image, const Rect& rect, Color color) {
  fill_rect(image, rect.x, rect.y, rect.x + rect.width, rect.y + rect.height, color);
}

Color palette_color(size_t index) { return kPalette[index % std::size(kPalette)]; }

void draw_line(Image& image, Point from, Point to, const Brush& brush) {
  const auto width = static_cast<float>(width_of(image, brush));
  if (!cut_line(image, width, from, to)) return;
  const float dx = to.x - from.x;
  const float dy = to.y - from.y;
  const int steps = 1 + static_cast<int>(std::max(std::abs(dx), std::abs(dy)));
  for (int i = 0; i <= steps; ++i) {
    const float share = static_cast<float>(i) / static_cast<float>(steps);
    fill_disc(image, {from.x + share * dx, from.y + share * dy}, width, brush.color);
  }
}

void draw_polygon(Image& image, std::span<const Point> points, const Brush& brush) {
  for (size_t i = 0; i < points.size(); ++i) {
    draw_line(image, points[i], points[(i + 1) % points.size()], brush);
  }
}

void draw_box(Image& image, Point corner, Point opposite, const Brush& brush) {
  if (!std::isfinite(corner.x + corner.y + opposite.x + opposite.y)) return;
  const int width = width_of(image, brush);
  // The middle of the line lies on the border.
  const int left = to_pixel(std::min(corner.x, opposite.x)) - width / 2;
  const int right = to_pixel(std::max(corner.x, opposite.x)) - width / 2 + width;
  const int top = to_pixel(std::min(corner.y, opposite.y)) - width / 2;
  const int bottom = to_pixel(std::max(corner.y, opposite.y)) - width / 2 + width;
  fill_rect(image, left, top, right, top + width, brush.color);
  fill_rect(image, left, bottom - width, right, bottom, brush.color);
  fill_rect(image, left, top, left + width, bottom, brush.color);
  fill_rect(image, right - width, top, right, bottom, brush.color);
}

void draw_point(Image& image, Point center, const Brush& brush) {
  const auto diameter = static_cast<float>(3 * width_of(image, brush));
  Point same = center;
  if (cut_line(image, diameter, center, same)) fill_disc(image, center, diameter, brush.color);
}

void blend_mask(Image& image, std::span<const float> mask, const MaskStyle& style) {
  const auto mix = static_cast<int>(std::clamp(style.opacity, 0.0f, 1.0f) * 256);
  const size_t pixels = std::min(mask.size(), image.rgb.size() / 3);
  for (size_t i = 0; i < pixels; ++i) {
    if (!(mask[i] >= style.threshold)) continue;
    for (size_t c = 0; c < 3; ++c) {
      uint8_t& value = image.rgb[3 * i + c];
      value = static_cast<uint8_t>(value + ((style.color[c] - value) * mix) / 256);
    }
  }
}

}  // namespace hone
