// text_boxes: quadrilaterals around the lines of text that a DB network's map shows (Liao et al.,
// "Real-time Scene Text Detection with Differentiable Binarization", 2020), as PaddleOCR and
// RapidOCR make them.
#pragma once

#include <span>
#include <vector>

#include "media/resize.h"

namespace hone {

struct TextBoxOptions {
  enum class Dilate : uint8_t { no, yes };
  double threshold = 0.3;      // of the map
  double box_threshold = 0.5;  // of the mean within a box
  double unclip_ratio = 1.6;   // boxes grow by area * ratio / perimeter
  Dilate dilate = Dilate::no;
  double min_size = 3;  // of the shorter side, in pixels of the map
  size_t most = 1000;
};

struct TextBox {
  Quad quad = {};  // clockwise from the upper left corner, in pixels of the map
  float score = 0;
};

// `map` has width * height probabilities. In the order in which the boxes begin from the top.
std::vector<TextBox> find_text_boxes(std::span<const float> map, int width, int height,
                                     const TextBoxOptions& options);

// A line of text as it is read: in which direction, a vector of length 1 in the picture.
struct ReadingLine {
  Quad quad = {};
  Point direction = {1, 0};
};
// The order in which lines are read, as indices: by the direction of the whole page, which is that
// of most of its text. Of an upright page from top to bottom, where boxes whose tops differ by less
// than 10 pixels are on one line, from left to right, as RapidOCR has it; of others likewise in the
// page's own directions, with half a line's height.
std::vector<size_t> reading_order(std::span<const ReadingLine> lines);

// The smallest rectangle in any direction around the points; corners clockwise from the upper left.
Quad smallest_rectangle(std::span<const Point> points);
// Of the mean of opposite sides: horizontal and vertical.
struct QuadSides {
  float width = 0;
  float height = 0;
};
QuadSides sides_of(const Quad& quad);

}  // namespace hone
