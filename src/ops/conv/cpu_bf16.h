// What the conv kernels on bf16 take. Plain data only.
//
// A pair is 32 bits: two bf16 numbers of neighboring input channels, the first in the low half. The
// tasks are those of the f32 kernels with pairs in the place of floats in slab and weights, of
// which there are half as many.
#pragma once

#include "backend/cpu/isa.h"
#include "ops/conv/cpu.h"

namespace hone {

struct ConvBf16Fns {
  int rows_at_once;               // output channels of a block
  int lanes_at_once;              // places of one pass; slabs have as many elements of slack behind
  void (*pack)(const ConvSlab&);  // `channels` and `x` are of floats, the slab is of pairs
  // It may read `rows_at_once` numbers behind the last of the weights and of the bias.
  void (*product)(const ConvProduct&);
};

// Pairs of one tap are multiplied in groups: weights are [block of 16 channels][group][tap][16
// channels][pairs of a group], and the offsets are those of the first pair's taps.
struct ConvBf16Product {
  ConvProduct all;
  int64_t kernel_taps;
  int64_t pair_groups, pairs_at_once;  // at most 16; the slab's last group is filled with zeros
  int64_t pair_stride;                 // elements of the slab from pair to pair
};

// Of sets that have tiles; slabs are those of ConvBf16Fns.
struct ConvBf16TileFns {
  void (*product)(const ConvBf16Product&);
};

}  // namespace hone
