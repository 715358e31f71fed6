// What the kernels for 8-bit codes of each instruction set take: matrix products, depthwise
// convolutions. Plain data only. Codes are bytes of i8 or u8; ^ flip makes them what the set
// multiplies (simd/scalar.h), which is the code plus a shift that `start` takes off again.
#pragma once

#include <stdint.h>

namespace hone {

// How sums become codes: by floats, or, where `scale` is null, by products in fixed point.
struct CodeRule {
  const float* scale;                                    // a column
  const int32_t *multiplier, *left_shift, *right_shift;  // likewise
  int32_t low, high, zero;
};

// Rows of codes times packed weights: sums [row][column] + start[column] + row_terms[row].
struct CodeProduct {
  const uint8_t* x;
  int64_t x_stride;  // bytes from row to row
  int64_t rows;
  const int8_t* weights;  // [block of 16 columns][depth / 4][16][4]
  int64_t depth;          // a multiple of 4; x is read so far
  int64_t first_block, blocks;
  int64_t columns;           // of all blocks, from column 0 of block 0
  const int32_t* start;      // [16 a block]
  const int32_t* row_terms;  // or null
  uint8_t flip;
  CodeRule rule;     // where y is codes
  uint8_t* y;        // column 0 of block 0; or null
  int32_t* sums;     // likewise, then
  int64_t y_stride;  // elements from row to row
  // What follows is for tiles. x is multiplied as it is, without flip, and read as far as a
  // multiple of depth_step; so many codes of a row are multiplied at a time, at most 64.
  int64_t depth_step = 0;
  const int8_t* tails = nullptr;  // [block][64 / 4][16][4]: the last of them, then zeros
  bool x_signed = false;
  // Where each of these pieces stands in a row of x; null: one behind the other.
  const int64_t* offsets = nullptr;
  // Of so many rows only the first `real` have one in y; 0: all.
  int64_t pitch = 0, real = 0;
};

// One row of the result of a depthwise convolution, for a block of up to 16 channels.
struct CodeDepthwise {
  // The rows of x that the kernel sees, at the block's first channel: 4 times `quads`, kernel rows
  // of all depths; null: outside, or not one at all.
  const uint8_t* const* rows;
  int64_t quads;
  int64_t pixel_stride;  // of x and of y
  int64_t width;         // of x
  int64_t first;         // the column of x that the first place's first tap sees; may lie outside
  int64_t stride, dilation;
  int64_t taps;        // columns of the kernel
  int64_t columns;     // of the result
  int64_t channels;    // of this block
  const uint8_t* end;  // of x
  uint8_t outside;     // what is padded
  uint8_t flip;
  const int8_t* weights;  // [tap][quad][16][4]
  const int8_t* ones;     // likewise, 1 for each real tap; null: w_zero is 0
  int32_t w_zero;
  const int32_t* start;  // [16]
  CodeRule rule;
  int64_t column;    // of the rule: the block's first channel
  uint8_t* grouped;  // scratch: [columns of x][quads][64]
  uint8_t* y;
};

struct CodeFns {
  int rows_at_once;
  uint8_t bias;  // kCodeBias
  void (*product)(const CodeProduct&);
  void (*depthwise)(const CodeDepthwise&);
};

// Of sets that have tiles.
struct CodeTileFns {
  void (*product)(const CodeProduct&);
};

}  // namespace hone
