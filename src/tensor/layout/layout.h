// Layouts: versioned, frozen arrangements of a tensor's canonical blocks, lossless both ways.
// Weights are stored once, in whichever layout the kernels of a target want.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "tensor/dtype.h"

namespace hone {

struct Layout {
  std::string_view id;  // "q4_1.x16.v1"
  DType dtype;
  int64_t panel_rows;       // rows are packed in groups of this many
  int64_t column_multiple;  // columns must be a multiple

  // Bytes of a packed tensor.
  int64_t (*packed_bytes)(int64_t rows, int64_t columns);
  // Packs panels [first, last) of `canonical` (all rows, row-major) into `packed` (the whole
  // tensor). Different panels may be packed by different threads.
  void (*pack)(Bytes canonical, int64_t rows, int64_t columns, int64_t first_panel,
               int64_t last_panel, std::span<std::byte> packed);
  // The canonical bytes of one row back out of `packed`.
  void (*unpack_row)(Bytes packed, int64_t rows, int64_t columns, int64_t row,
                     std::byte* canonical);
};

inline constexpr std::string_view kCanonicalLayout = "canonical";

std::span<const Layout> all_layouts();
// Null for "canonical" and unknown ids.
const Layout* find_layout(std::string_view id);
// The layout matmul kernels want for weights of this dtype, or "canonical".
std::string_view matmul_layout(DType dtype);

}  // namespace hone
