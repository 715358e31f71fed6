// Sizes that a person gives the inputs of a graph that leaves them open.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace hone::passes {

// Of an input, or of one symbol: sizes from min to max, opt being the usual ones.
struct InputSizes {
  std::string name;
  std::vector<int64_t> min, opt, max;  // as many each
};

// "images=1x3x640x640", "images=1x3x320x320:1x3x640x640:1x3x1280x1280", "tokens=1:128:512".
Expected<InputSizes> parse_input_sizes(std::string_view text);

// The graph for inputs of such sizes: types are inferred anew. An error if there is no input and no
// symbol of that name, or where the graph wants other sizes.
Expected<ir::Graph> with_input_sizes(ir::Graph graph, std::span<const InputSizes> sizes);

}  // namespace hone::passes
