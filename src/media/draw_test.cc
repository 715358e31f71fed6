#include "media/draw.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "media/font.h"

namespace hone {
namespace {

constexpr Color kRed = {255, 0, 0};

bool is(const Image& image, int x, int y, Color color) {
  return std::equal(color.begin(), color.end(), image.pixel(x, y));
}

int count(const Image& image, Color color) {
  int found = 0;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) found += is(image, x, y, color);
  }
  return found;
}

TEST(Draw, ABoxIsItsBorder) {
  Image image(20, 20);
  draw_box(image, {5, 6}, {15, 12}, {kRed, 1});
  EXPECT_EQ(count(image, kRed), 2 * (11 + 7) - 4);
  EXPECT_TRUE(is(image, 5, 6, kRed));
  EXPECT_TRUE(is(image, 15, 12, kRed));
  Image turned(20, 20);
  draw_box(turned, {15, 12}, {5, 6}, {kRed, 1});
  EXPECT_EQ(turned.rgb, image.rgb);
}

TEST(Draw, ABoxLargerThanThePictureShowsWhatIsInside) {
  Image image(20, 20);
  draw_box(image, {-50, 5}, {1e9f, 1e20f}, {kRed, 2});
  EXPECT_EQ(count(image, kRed), 2 * 20);
}

TEST(Draw, ALineIsAsWideAsAsked) {
  Image image(40, 40);
  draw_line(image, {5, 20}, {35, 20}, {kRed, 4});
  for (int x = 6; x < 34; ++x) {
    int width = 0;
    for (int y = 0; y < 40; ++y) width += is(image, x, y, kRed);
    EXPECT_EQ(width, 4) << x;
  }
  EXPECT_FALSE(is(image, 1, 20, kRed));
}

TEST(Draw, ALineFromFarAwayHitsWhereItShould) {
  Image image(40, 40);
  draw_line(image, {-1e6f, -1e6f}, {1e6f, 1e6f}, {kRed, 2});
  for (int i = 0; i < 40; ++i) EXPECT_TRUE(is(image, i, i, kRed)) << i;
  EXPECT_FALSE(is(image, 30, 10, kRed));
}

TEST(Draw, APolygonIsClosed) {
  Image image(40, 40);
  const Point points[] = {{5, 5}, {35, 5}, {35, 35}, {5, 35}};
  draw_polygon(image, points, {kRed, 2});
  for (const auto& [x, y] : {std::pair(20, 5), {35, 20}, {20, 35}, {5, 20}}) {
    EXPECT_TRUE(is(image, x, y, kRed));
  }
  EXPECT_FALSE(is(image, 20, 20, kRed));
}

TEST(Draw, NothingThatIsNoPlaceInThePictureHarms) {
  const float values[] = {0, -1, 5, 1e6f, -1e30f, 3e38f, INFINITY, -INFINITY, NAN};
  Image image(7, 5);
  for (const float x : values) {
    for (const float y : values) {
      for (const int width : {0, 1, 3, 1 << 30, -5}) {
        const Brush brush{kRed, width};
        draw_line(image, {x, y}, {y, x}, brush);
        draw_line(image, {3, 3}, {x, y}, brush);
        draw_box(image, {x, y}, {y, 3}, brush);
        draw_point(image, {x, y}, brush);
      }
      draw_label(image, {x, y}, "a label that is far too long", kRed);
    }
  }
  Image none;
  draw_label(none, {0, 0}, "x", kRed);
  draw_line(none, {0, 0}, {5, 5}, {kRed});
  draw_box(none, {0, 0}, {5, 5}, {kRed});
  draw_polygon(image, {}, {kRed});
}

TEST(Label, StandsAboveOrBelowAndInside) {
  Image image(200, 100);
  draw_label(image, {20, 60}, "Ab", kRed);
  EXPECT_TRUE(is(image, 20, 59, kRed));
  EXPECT_FALSE(is(image, 20, 60, kRed));
  Image above(200, 100);
  draw_label(above, {20, 3}, "Ab", kRed);
  EXPECT_TRUE(is(above, 20, 3, kRed));
  EXPECT_FALSE(is(above, 20, 2, kRed));
  Image right(200, 100);
  draw_label(right, {198, 60}, "Ab", kRed);
  EXPECT_EQ(count(right, kRed), count(image, kRed));
}

TEST(Label, IsReadableOnAnyColor) {
  for (const Color plate : {Color{0, 0, 0}, Color{255, 255, 255}, Color{255, 255, 0},
                            Color{0, 0, 255}, Color{128, 128, 128}}) {
    Image image(100, 50);
    for (uint8_t& value : image.rgb) value = 77;
    draw_label(image, {0, 20}, "I", plate);
    const Color ink = plate[1] > 200 ? Color{0, 0, 0} : Color{255, 255, 255};
    EXPECT_GT(count(image, ink), 10);
  }
}

// The labels' color is theirs alone here: no pixel of it may lie in a box.
int hidden(const Image& image, const LabeledBox& box) {
  int found = 0;
  for (int y = static_cast<int>(box.corner.y); y < static_cast<int>(box.opposite.y); ++y) {
    for (int x = static_cast<int>(box.corner.x); x < static_cast<int>(box.opposite.x); ++x) {
      found += is(image, x, y, kRed) ? 1 : 0;
    }
  }
  return found;
}

TEST(BoxLabels, StandOutsideOfSmallBoxes) {
  // In a corner, at the top, at a side, alone, and two lines of text one below the other.
  const std::vector<LabeledBox> boxes = {{{1, 1}, {19, 9}, "cat", kRed},
                                         {{100, 2}, {120, 12}, "dog", kRed},
                                         {{185, 60}, {198, 80}, "owl", kRed},
                                         {{60, 150}, {140, 160}, "1", kRed},
                                         {{60, 162}, {140, 172}, "2", kRed}};
  Image image(200, 200);
  draw_box_labels(image, boxes);
  for (const LabeledBox& box : boxes) EXPECT_EQ(hidden(image, box), 0) << box.text;
  EXPECT_GT(count(image, kRed), 500);
}

TEST(BoxLabels, NothingThatIsNoPlaceHarms) {
  Image image(9, 7);
  const std::vector<LabeledBox> boxes = {{{NAN, 0}, {5, 5}, "x", kRed},
                                         {{-1e30f, 3e30f}, {3e30f, 1}, "far", kRed},
                                         {{5, 5}, {1, 1}, "a label that is too long", kRed}};
  draw_box_labels(image, boxes);
  Image none;
  draw_box_labels(none, boxes);
  draw_box_labels(image, {});
}

TEST(Font, LettersDifferAndAreNotEmpty) {
  std::set<std::string> seen;
  for (char32_t letter = U'!'; letter <= U'~' + 1; ++letter) {
    std::string points;
    for (size_t row = 0; row < kGlyphRows; ++row) {
      for (size_t column = 0; column < kGlyphColumns; ++column) {
        points += glyph_point(letter, column, row) ? '#' : ' ';
      }
    }
    EXPECT_TRUE(points.contains('#'));
    EXPECT_TRUE(seen.insert(points).second) << static_cast<int>(letter);
  }
  for (size_t row = 0; row < kGlyphRows; ++row) {
    EXPECT_FALSE(glyph_point(U' ', 2, row));
    EXPECT_EQ(glyph_point(U'中', 2, row), glyph_point(U'\u00e4', 2, row));
  }
}

TEST(Mask, MixesWhereItIsSet) {
  Image image(2, 1);
  image.rgb = {100, 100, 100, 100, 100, 100};
  const float mask[] = {0.4f, 0.6f};
  blend_mask(image, mask, {{200, 0, 100}, 0.5f, 0.5f});
  EXPECT_EQ(image.rgb, (std::vector<uint8_t>{100, 100, 100, 150, 50, 100}));
  const float odd[] = {NAN, 1, 1, 1, 1};  // longer than the picture
  blend_mask(image, odd, {{200, 0, 100}, 1.0f, 0.5f});
  EXPECT_EQ(image.rgb, (std::vector<uint8_t>{100, 100, 100, 200, 0, 100}));
}

}  // namespace
}  // namespace hone
