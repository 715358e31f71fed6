// Boxes, labels, outlines and masks drawn into a picture. Coordinates are Point's of resize.h; what
// lies outside of the picture, or is no number, is not drawn. Nothing here fails.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "media/image.h"
#include "media/resize.h"

namespace hone {

// A coordinate as a whole pixel, kept where ints are safe.
int to_pixel(float at);
// The width of lines that is easy to see at this picture's size, at least 2 pixels.
int line_width(const Image& image);
// Colors for classes, keypoints and so on: 20 that differ well, then again from the first.
Color palette_color(size_t index);

struct Brush {
  Color color = {};
  int width = 0;  // of lines; 0: line_width(image)
};

// Pixels from (x, y) on.
void fill_rect(Image& image, const Rect& rect, Color color);
void draw_line(Image& image, Point from, Point to, const Brush& brush);
// The last point is joined to the first.
void draw_polygon(Image& image, std::span<const Point> points, const Brush& brush);
// From its left upper to its right lower corner.
void draw_box(Image& image, Point corner, Point opposite, const Brush& brush);
// A disc with three times the line width.
void draw_point(Image& image, Point center, const Brush& brush);

// One line of text (UTF-8; letters that are not ASCII look like frames) on a plate of that color,
// black or white, whichever is readable. The plate stands above `corner`, or below if there is no
// room, and is moved and the text cut so that it stays inside the picture.
void draw_label(Image& image, Point corner, std::string_view text, Color plate);

// A label for each box on a plate outside of it, above if there is room, where it hides least of
// the other boxes and labels.
struct LabeledBox {
  Point corner, opposite;
  std::string text;
  Color plate = {};
};
void draw_box_labels(Image& image, std::span<const LabeledBox> boxes);

// Mixes `color` into the pixels whose mask value is at least `threshold`, by `opacity` (0 to 1).
// The mask has a value a pixel.
struct MaskStyle {
  Color color = {};
  float opacity = 0.5f;
  float threshold = 0.5f;
};
void blend_mask(Image& image, std::span<const float> mask, const MaskStyle& style);

}  // namespace hone
