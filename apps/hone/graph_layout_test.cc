#include "graph_layout.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace hone::cli {
namespace {

// Boxes do not touch, lines run downwards from box to box, all of it within the picture.
void expect_sound(const GraphLayout& layout, std::span<const double> widths,
                  std::span<const GraphEdge> edges) {
  for (size_t a = 0; a < widths.size(); ++a) {
    EXPECT_GE(layout.boxes[a].x - widths[a] / 2, 0);
    EXPECT_LE(layout.boxes[a].x + widths[a] / 2, layout.width);
    EXPECT_LE(layout.boxes[a].y + kBoxHeight / 2, layout.height);
    for (size_t b = 0; b < a; ++b) {
      if (layout.boxes[a].y != layout.boxes[b].y) continue;
      EXPECT_GT(std::fabs(layout.boxes[a].x - layout.boxes[b].x), (widths[a] + widths[b]) / 2);
    }
  }
  ASSERT_EQ(layout.lines.size(), edges.size());
  for (size_t e = 0; e < edges.size(); ++e) {
    const std::vector<DrawnPoint>& line = layout.lines[e];
    EXPECT_EQ(line.front().x, layout.boxes[edges[e].from].x);
    EXPECT_EQ(line.back().x, layout.boxes[edges[e].to].x);
    for (size_t i = 1; i < line.size(); ++i) EXPECT_GT(line[i].y, line[i - 1].y);
  }
}

TEST(GraphLayout, RandomGraphsAreDrawnSoundly) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    std::vector<double> widths;
    std::vector<GraphEdge> edges;
    for (size_t to = 0; to < 120; ++to) {
      widths.push_back(static_cast<double>(20 + random() % 200));
      for (int i = 0; i < 2 && to > 0; ++i) {
        edges.push_back({to - 1 - random() % std::min<size_t>(to, 20), to});
      }
    }
    const GraphLayout layout = lay_out(widths, edges);
    expect_sound(layout, widths, edges);
    const GraphLayout again = lay_out(widths, edges);
    for (size_t i = 0; i < widths.size(); ++i) EXPECT_EQ(layout.boxes[i].x, again.boxes[i].x);
  }
}

TEST(GraphLayout, ALineRunsAroundTheBoxesThatItPasses) {
  const std::vector<double> widths(4, 100);
  const std::vector<GraphEdge> edges = {{0, 1}, {1, 2}, {2, 3}, {0, 3}};
  const GraphLayout layout = lay_out(widths, edges);
  expect_sound(layout, widths, edges);
  ASSERT_EQ(layout.lines[3].size(), 4u);
  for (const size_t box : {1u, 2u}) {
    EXPECT_GT(std::fabs(layout.lines[3][box].x - layout.boxes[box].x), 50);
  }
}

TEST(GraphLayout, AChainIsAStraightLine) {
  const std::vector<double> widths = {40, 100, 60};
  const GraphLayout layout = lay_out(widths, std::vector<GraphEdge>{{0, 1}, {1, 2}});
  EXPECT_EQ(layout.boxes[0].x, layout.boxes[1].x);
  EXPECT_EQ(layout.boxes[1].x, layout.boxes[2].x);
}

TEST(GraphLayout, NoBoxesAndNoEdgesAreDrawnToo) {
  EXPECT_TRUE(lay_out({}, {}).boxes.empty());
  EXPECT_EQ(lay_out(std::vector<double>{30, 40}, {}).boxes.size(), 2u);
}

}  // namespace
}  // namespace hone::cli
