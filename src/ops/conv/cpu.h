// What the conv kernels of each instruction set take. Plain data only.
#pragma once

#include <stdint.h>

#include "backend/cpu/isa_sizes.h"

namespace hone {

// What decides how a set's kernels want filters, which is known of sets of other architectures too.
struct ConvSizes {
  int rows_at_once, channels_at_once, direct_columns;  // as in ConvFns
};

constexpr ConvSizes conv_sizes(const IsaSizes& isa) {
  const bool many_registers = isa.rows_at_once == 16;
  return {many_registers ? 8 : 6, 16 * isa.tile_vectors, many_registers ? 0 : 33};
}

// What happens to sums before they are stored; the numbers are those of ops/epilogue.h.
struct ConvEpilogue {
  int activation = 0;  // the slope of leaky is `low`, or a number a channel beside this
  float low = 0, high = 0;
  bool residual_after = false;
};

// The part of x that a tile of places of the result sees, padding written out as zeros, so that
// each tap is a constant distance from its place. With strides the elements are sorted by their
// remainder ("phase"): places that are neighbors in the result are neighbors here for every tap.
// Axes are depth, height, width. Layout: [channel][depth tap][row phase][column phase][row][pitch].
struct ConvSlab {
  const float* x;          // of the first channel
  int64_t channels;        // copied
  int64_t channel_stride;  // of x, in elements
  int64_t size[3];         // of x
  int64_t first[3];        // where place 0 of this tile begins in x; may lie outside
  int64_t stride[3];       // of height and width; depth is not sorted
  int64_t depth_taps, depth_step;
  int64_t row_phases, column_phases;
  int64_t row_phase[32], column_phase[32];  // remainders that taps have
  int64_t rows, pitch;  // of a plane: rows of the tile and what taps reach beyond, columns alike
  float* slab;
};

// Offsets of taps go on for this many behind the last.
inline constexpr int64_t kConvTapsAhead = 8;

// A matrix product of packed weights with a slab: lanes are places in flat order, of which those
// with (lane % pitch) < columns are real.
struct ConvProduct {
  const float* weights;  // [block of `rows_at_once` channels][taps][rows_at_once]
  const float* bias;     // [channels of all blocks]
  const float* slopes;   // [channels] or null
  const float* slab;
  const int32_t* offsets;  // of each tap, in elements
  int64_t taps;            // channels times kernel
  int64_t first_block, blocks;
  int64_t channels;                    // of the result, from channel 0 of block 0
  int64_t rows, columns, pitch;        // places of the tile
  float* y;                            // the tile's first place in channel 0 of block 0
  const float* residual;               // likewise, or null
  int64_t channel_stride, row_stride;  // of y
  ConvEpilogue epilogue;
};

// A block of tiles of 4 x 4 places of a convolution of 3 x 3 with stride 1, by Winograd.
struct ConvWinograd {
  const float* x;  // its first channel
  int64_t channel_stride;
  int64_t size[2];   // rows and columns of x
  int64_t first[2];  // where place 0 of the block begins in x; may lie outside
  int64_t tile_rows, tile_columns;
  float* slab;  // of one channel: [4 remainders of rows][6 columns][plane]
  int64_t plane;
  float* transformed;  // [36 points][channels of x][pitch]: tiles, up to a whole vector
  int64_t pitch, transformed_stride;
  float* sums;  // [36 points][tiles][channels_at_once]
  int64_t sums_stride;
  // The result, as of product_channels. `taps` counts channels of x; weights are transformed:
  // [block][36 points][taps][channels_at_once].
  ConvProduct product;
};

// One channel of a depthwise convolution over a slab of that channel.
struct ConvDepthwise {
  const float* slab;
  const float* weights;  // [kernel][kernel] or [taps]
  const int32_t* offsets;
  int64_t taps;
  float bias;
  int64_t row_phases, column_phases, plane;  // plane: elements of one phase
  int64_t rows, columns, pitch;
  float* y;
  const float* residual;
  int64_t row_stride;
  ConvEpilogue epilogue;
};

// One channel of a depthwise convolution of stride 1 whose result has the sizes of x, read where it
// lies: lanes are places in flat order, so that narrow planes fill them.
struct ConvSame {
  const float* x;
  const float* weights;  // [kernel][kernel]
  const float* column;   // of each place, and of as many places more as fill the lanes
  float bias;
  int64_t places, columns;
  float* y;
  const float* residual;
  ConvEpilogue epilogue;
};

// One channel of a depthwise convolution whose x is read where it lies.
struct ConvDirect {
  const float* x;
  int64_t size[2];       // rows and columns of x
  int64_t begin[2];      // padding before them
  const float* weights;  // [kernel][kernel]
  float bias;
  int64_t first_row, end_row, columns;  // of the result
  float* y;                             // its row 0
  const float* residual;
  ConvEpilogue epilogue;
};

// Some output channels at a few places as dot products of weights and rows of x, as long as the
// channels have taps: lanes are taps.
struct ConvDots {
  const float* weights;  // [channels][taps]
  const float* rows;     // [places][taps]
  const float* bias;     // [channels] or null
  const float* slopes;   // [channels] or null
  int64_t channels, taps;
  int64_t places;  // at most 16
  float* y;        // [channels][places]
  const float* residual;
  ConvEpilogue epilogue;
};

struct ConvFns {
  int rows_at_once;      // output channels of a block
  int lanes_at_once;     // places of one pass; slabs have as many elements of slack behind
  int channels_at_once;  // output channels of a block of product_channels
  void (*pack)(const ConvSlab&);
  void (*product)(const ConvProduct&);
  void (*product_channels)(const ConvProduct&);  // lanes are channels
  void (*winograd)(const ConvWinograd&);
  void (*depthwise)(const ConvDepthwise&);     // any taps
  void (*depthwise3)(const ConvDepthwise&);    // 3 x 3, stride and dilation 1
  void (*depthwise3_2)(const ConvDepthwise&);  // stride 2
  void (*depthwise5)(const ConvDepthwise&);
  void (*depthwise5_2)(const ConvDepthwise&);
  int direct_columns;  // results of so many columns and more are faster by direct than by same
  // The result's rows [first_row, end_row).
  void (*direct3)(const ConvDirect&);
  void (*direct3_2)(const ConvDirect&);
  void (*direct5)(const ConvDirect&);
  void (*direct5_2)(const ConvDirect&);
  void (*dots)(const ConvDots&);
  void (*same3)(const ConvSame&);
  void (*same5)(const ConvSame&);
};

}  // namespace hone
