// A graph as a picture: a box an op, with what it makes; inputs, states and outputs around them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "graph_layout.h"
#include "ir/graph.h"

namespace hone::cli {

struct DrawnBox {
  std::string key;    // what it makes, or which input or output it is: the same in each picture
  std::string text;   // all that it is, as IR text has it
  std::string title;  // the op
  std::string label;  // below it
  std::string_view kind;
};

struct DrawnGraph {
  std::vector<DrawnBox> boxes;
  std::vector<GraphEdge> edges;
  int nodes = 0;  // those of the boxes that are ops

  // Texts by key.
  std::map<std::string, std::string> by_key() const;
};

DrawnGraph draw_graph(const ir::Graph& graph);

// How a box differs from the same graph's other pictures, as CSS classes: "new", "changed", "gone".
using BoxClasses = std::map<std::string, std::string>;  // by key
// An <svg> element of that id.
std::string svg_of(const DrawnGraph& drawn, const std::string& id, const BoxClasses& classes);

// A coordinate.
std::string svg_number(double value);
// Text between tags, and within attributes.
std::string html_escape(std::string_view text);

}  // namespace hone::cli
