// The layers of a graph, and which layer of one graph is which of another.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ir/graph.h"

namespace hone::cli {

// A value that depends on the inputs and holds real numbers, or may. Of codes, the numbers they
// stand for.
struct Layer {
  std::string name;            // the tensor's, as the model calls it
  std::string op;              // that makes it
  std::optional<Shape> shape;  // nothing: not known before it runs
  ir::ValueId value;
  std::vector<size_t> sources;  // the nearest layers that it is computed from
};

// In the order of their making; what bodies of branches and loops make is not looked for.
std::vector<Layer> list_layers(const ir::Graph& graph);

// How b's axes lie where a's shape is another order of them.
enum class AxisOrder : uint8_t { same, b_channels_last, b_channels_first };
// Nothing if no order makes the shapes fit. What is not known fits any.
std::optional<AxisOrder> axis_order(const std::optional<Shape>& a, const std::optional<Shape>& b);

struct LayerPair {
  size_t a = 0;
  size_t b = 0;
  bool operator==(const LayerPair&) const = default;
};

// By name; names that quantizers made (x_DequantizeLinear_Output, x_quantized) count as what they
// were made of, and names that are numbers join one op only. Those that no name joins: in their
// order, of the same op, with shapes that fit. Sorted by a.
std::vector<LayerPair> match_layers(const std::vector<Layer>& a, const std::vector<Layer>& b);

}  // namespace hone::cli
