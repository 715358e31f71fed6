// What 8-bit codes stand for, as quantize and dequantize nodes say it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ir/graph.h"

namespace hone::passes {

// A code means (code - zero) * scale.
struct CodeGrid {
  DType dtype = DType::i8;
  float scale = 1;
  int64_t zero = 0;
  bool operator==(const CodeGrid&) const = default;
};

// Of a quantize of f32 to 8-bit codes, or a dequantize from them to f32, with one constant scale.
std::optional<CodeGrid> grid_of(const ir::Graph& graph, const ir::Node& node);

// The numbers of a constant; nothing if the value is none, or has blocks or text.
std::optional<std::vector<double>> constant_numbers(const ir::Graph& graph, ir::ValueId id);

// The node that makes a value, or null.
const ir::Node* producer_of(const ir::Graph& graph, ir::ValueId id);

}  // namespace hone::passes
