// The packers of the x16 layouts (x16_format.h tells their bytes).
#pragma once

#include "tensor/layout/layout.h"
#include "tensor/layout/x16_format.h"

namespace hone {

// Where a dtype's canonical block keeps what the x16 streams hold.
struct X16Source {
  X16Format format;
  int64_t block_bytes;
  // f16 fields, copied as they are.
  int16_t half_offsets[2];  // -1: none
  // Byte scales: one run copied as it is (offset, count), or 6-bit fields spread to bytes.
  enum class Scales : uint8_t { none, bytes, six_bit_pairs, six_bit_triple } scales;
  int16_t scale_offset;
  // Code bytes in canonical order, copied as 4-byte words.
  int16_t code_offset[2];  // -1: none
  int16_t code_bytes[2];
  int16_t fifth_bits_offset;  // Q5_0, Q5_1; -1: none
};

const X16Source* x16_source(DType dtype);

std::span<const Layout> x16_layouts();

}  // namespace hone
