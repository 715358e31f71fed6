// Where the boxes of a drawn graph stand and how its lines run: layers from top to bottom, lines
// that cross several of them bent around the boxes there (Sugiyama, Tagawa and Toda,
// doi:10.1109/TSMC.1981.4308636).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace hone::cli {

struct DrawnPoint {
  double x = 0, y = 0;
};

// From one box to a later one.
struct GraphEdge {
  size_t from, to;
};

inline constexpr double kBoxHeight = 40;

struct GraphLayout {
  std::vector<DrawnPoint> boxes;  // their centers
  std::vector<std::vector<DrawnPoint>>
      lines;  // by edge, from the lower side of a box to the upper one
  double width = 0, height = 0;
};

// Of boxes so wide. Deterministic; the time grows with the edges and the layers that they cross.
GraphLayout lay_out(std::span<const double> widths, std::span<const GraphEdge> edges);

}  // namespace hone::cli
