// pool: the largest, the mean or the p-norm of what a window over 1 to 3 spatial axes sees (ONNX
// MaxPool, AveragePool, LpPool and their global forms).
#pragma once

#include "ops/attrs.h"
#include "ops/window.h"

namespace hone {

struct PoolAttrs {
  enum class Kind : uint8_t { max, average, lp };
  Kind kind = Kind::max;
  std::vector<int64_t> kernel;  // one size a spatial axis; empty: the whole axes
  WindowAttrs window;
  bool ceil = false;           // places are counted up
  bool count_padding = false;  // of average: padding counts as zeros
  int64_t p = 2;               // of lp
  bool indices = false;        // of max: a second result, i64: where in x the largest stand, flat
  bool column_major = false;   // ... with the first spatial axis fastest
  void visit(AttrVisitor& v);
};
inline constexpr std::string_view kPoolKindNames[] = {"max", "average", "lp"};

inline void PoolAttrs::visit(AttrVisitor& v) {
  v.field("kind", kind, kPoolKindNames);
  v.field("kernel", kernel);
  window.visit(v);
  v.field("ceil", ceil);
  v.field("count_padding", count_padding);
  v.field("p", p);
  v.field("indices", indices);
  v.field("column_major", column_major);
}

// The axes of a pool over x of these spatial sizes.
inline Expected<std::vector<WindowAxis>> pool_axes(const PoolAttrs& attrs,
                                                   std::span<const Dim> sizes) {
  std::vector<int64_t> kernel = attrs.kernel;
  if (kernel.empty()) {
    for (const Dim& size : sizes) kernel.push_back(size.is_symbol() ? 1 : size.value());
  }
  return window_axes(attrs.window, sizes, kernel);
}

}  // namespace hone
