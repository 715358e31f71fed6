// Layouts: versioned, frozen arrangements of a tensor's canonical bytes, lossless both ways.
// Weights are stored once, in whichever layout the kernels of a target want.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/memory.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace hone {

struct Layout {
  std::string_view id;  // "q4_1.x16.v1"
  DType dtype;
  int64_t panel_size;  // rows or columns that are packed together
  size_t panel_axis;   // 0: rows, which are what the first axis counts; 1: columns of a matrix

  // Bytes of a packed tensor; -1: it takes none of these sizes.
  int64_t (*packed_bytes)(const Dims& dims);
  // Packs panels [first, last) of `canonical` (all of it) into `packed` (the whole tensor).
  // Different panels may be packed by different threads.
  void (*pack)(Bytes canonical, const Dims& dims, int64_t first_panel, int64_t last_panel,
               std::span<std::byte> packed);
  // The canonical bytes of one row back out of `packed`.
  void (*unpack_row)(Bytes packed, const Dims& dims, int64_t row, std::byte* canonical);

  int64_t panels(const Dims& dims) const {
    return (dims[panel_axis] + panel_size - 1) / panel_size;
  }
};

inline constexpr std::string_view kCanonicalLayout = "canonical";

std::span<const Layout> all_layouts();
// Null for "canonical" and unknown ids.
const Layout* find_layout(std::string_view id);
// The layout matmul kernels want for weights of this dtype, or "canonical".
std::string_view matmul_layout(DType dtype);

// The whole tensor, packed; of sizes that the layout takes.
ZeroedVector<std::byte> packed(const Layout& layout, Bytes canonical, const Dims& dims);
// And back.
ZeroedVector<std::byte> unpacked(const Layout& layout, Bytes packed, const Dims& dims);

}  // namespace hone
