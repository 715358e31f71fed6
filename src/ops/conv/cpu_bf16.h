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

}  // namespace hone
