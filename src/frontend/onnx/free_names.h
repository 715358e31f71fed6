// The names that a graph takes from the graph around it.
#pragma once

#include <string_view>
#include <vector>

#include "frontend/onnx/model.h"

namespace hone::onnx {

// Names that `graph` or a graph in it uses before it declares them as an input, an initializer or a
// node's output: in order of use, once each. In the time that it takes to read the graph.
std::vector<std::string_view> free_names(const GraphView& graph);

}  // namespace hone::onnx
