// The layouts of 8-bit codes for products: 16 columns of a product side by side, four codes of each
// in a word, as s8 (codes of u8 ^ 0x80).
//   [block of 16 columns][depth / 4][16][4], then the sum of each column's codes, i32
// `depth` is what a column sums over, padded with zeros to a multiple of 4. Columns of the product
// are:
//   "i8.codes16.v1": rows of the tensor, which are what its first axis counts
//   "i8.codes16.columns.v1": columns of a matrix
//   "i8.codes16.quads.v1": rows of [rows][channels][places...]; the codes of four channels of one
//     place are a word, then come the places, then the next four channels
// and "u8..." alike.
#pragma once

#include <string_view>

#include "tensor/layout/layout.h"

namespace hone {

inline constexpr int64_t kCodeColumns = 16;

enum class CodeOrder : uint8_t { rows, columns, quads };

std::span<const Layout> code_layouts();

// Of i8 or u8.
std::string_view code_layout(DType dtype, CodeOrder order);

// What a tensor of one of these layouts holds.
struct CodePanels {
  int64_t blocks, depth;
  static CodePanels of(const Dims& dims, CodeOrder order);
  int64_t code_bytes() const { return blocks * kCodeColumns * depth; }
  int64_t bytes() const { return code_bytes() + blocks * kCodeColumns * 4; }
};

}  // namespace hone
