// Labels: text on plates, and where the plates of boxes go.
#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "base/utf8.h"
#include "media/draw.h"
#include "media/font.h"

namespace hone {
namespace {

constexpr float kLetterShare = 0.004f;  // of a point of a letter, of the mean of width and height

bool is_dark(Color color) {
  // The luma of BT.601.
  return 299 * color[0] + 587 * color[1] + 114 * color[2] < 140 * 1000;
}

std::vector<char32_t> letters_of(std::string_view text, size_t most) {
  std::vector<char32_t> letters;
  for (size_t at = 0; at < text.size() && letters.size() < most;) {
    const Utf8Char letter = decode_utf8(text, at);
    letters.push_back(letter.code);
    at += letter.size;
  }
  return letters;
}

int text_scale(const Image& image) {
  const float mean_side = static_cast<float>(image.width + image.height) / 2;
  return std::max(1, static_cast<int>(std::lround(kLetterShare * mean_side)));
}

// What fits into the picture of a text.
std::vector<char32_t> letters_for(const Image& image, std::string_view text) {
  const int letter_width = text_scale(image) * static_cast<int>(kGlyphAdvance);
  return letters_of(text, static_cast<size_t>(image.width / letter_width));
}

// A plate's size: one point of room on every side of the letters.
Rect plate_for(const Image& image, size_t letters) {
  const int scale = text_scale(image);
  return {0, 0, scale * static_cast<int>(letters * kGlyphAdvance + 1),
          scale * static_cast<int>(kGlyphRows + 2)};
}

int inside(int at, int size, int room) { return std::clamp(at, 0, std::max(0, room - size)); }

Rect moved(const Image& image, Rect plate, int x, int y) {
  plate.x = inside(x, plate.width, image.width);
  plate.y = inside(y, plate.height, image.height);
  return plate;
}

void draw_letter(Image& image, char32_t letter, int left, int top, int scale, Color color) {
  for (size_t row = 0; row < kGlyphRows; ++row) {
    for (size_t column = 0; column < kGlyphColumns; ++column) {
      if (!glyph_point(letter, column, row)) continue;
      const int x = left + scale * static_cast<int>(column);
      const int y = top + scale * static_cast<int>(row);
      fill_rect(image, {x, y, scale, scale}, color);
    }
  }
}

void draw_plate(Image& image, const Rect& plate, std::span<const char32_t> letters, Color color) {
  fill_rect(image, plate, color);
  const Color ink = is_dark(color) ? Color{255, 255, 255} : Color{0, 0, 0};
  const int scale = text_scale(image);
  int left = plate.x + scale;
  for (const char32_t letter : letters) {
    draw_letter(image, letter, left, plate.y + scale, scale, ink);
    left += scale * static_cast<int>(kGlyphAdvance);
  }
}

double area(const Rect& rect) { return static_cast<double>(rect.width) * rect.height; }

// Of the smaller of the two, the part that both cover.
double share_in_common(const Rect& a, const Rect& b) {
  const int width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const int height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  return area({0, 0, width, height}) / std::max(1.0, std::min(area(a), area(b)));
}

Rect rect_of(const LabeledBox& box) {
  const int x = to_pixel(std::min(box.corner.x, box.opposite.x));
  const int y = to_pixel(std::min(box.corner.y, box.opposite.y));
  return {x, y, to_pixel(std::max(box.corner.x, box.opposite.x)) - x,
          to_pixel(std::max(box.corner.y, box.opposite.y)) - y};
}

bool is_place(const LabeledBox& box) {
  return std::isfinite(box.corner.x + box.corner.y + box.opposite.x + box.opposite.y);
}

// Above, below, right and left of the box, then inside at its top.
std::vector<Rect> places_for(const Image& image, const Rect& plate, const Rect& box, int line) {
  const int right = box.x + box.width, low = box.y + box.height;
  return {moved(image, plate, box.x - line, box.y - line - plate.height),
          moved(image, plate, box.x - line, low + line),
          moved(image, plate, right + line, box.y - line),
          moved(image, plate, box.x - line - plate.width, box.y - line),
          moved(image, plate, box.x - line, box.y - line)};
}

}  // namespace

void draw_label(Image& image, Point corner, std::string_view text, Color plate_color) {
  if (!std::isfinite(corner.x + corner.y)) return;
  const std::vector<char32_t> letters = letters_for(image, text);
  const Rect plate = plate_for(image, letters.size());
  const int y = to_pixel(corner.y), above = y - plate.height;
  draw_plate(image, moved(image, plate, to_pixel(corner.x), above < 0 ? y : above), letters,
             plate_color);
}

void draw_box_labels(Image& image, std::span<const LabeledBox> boxes) {
  constexpr double kNothing = 0.05;  // hidden by a label without harm
  constexpr size_t kCompared = 300;  // boxes that labels keep clear of
  std::vector<Rect> taken;
  for (const LabeledBox& box : boxes.first(std::min(boxes.size(), kCompared))) {
    if (is_place(box)) taken.push_back(rect_of(box));
  }
  for (const LabeledBox& box : boxes) {
    if (!is_place(box)) continue;
    const std::vector<char32_t> letters = letters_for(image, box.text);
    const Rect plate = plate_for(image, letters.size());
    std::optional<Rect> best;
    double least = 0;
    for (const Rect& place : places_for(image, plate, rect_of(box), line_width(image) / 2)) {
      double hidden = 0;
      for (const Rect& other : taken) hidden += share_in_common(place, other);
      if (best && hidden > least - kNothing) continue;
      best = place;
      least = hidden;
    }
    draw_plate(image, *best, letters, box.plate);
    if (taken.size() < 2 * kCompared) taken.push_back(*best);
  }
}

}  // namespace hone
