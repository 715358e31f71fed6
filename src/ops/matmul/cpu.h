// What the matmul kernels of each instruction set take. Plain data only.
#pragma once

#include <stdint.h>

#include "backend/cpu/q8_block.h"

namespace hone {

// Quantized weights in an x16 layout times quantized rows.
struct MatmulQ8Task {
  const Q8Block* x;       // [rows][columns / 32]
  const uint8_t* scales;  // the layout's streams; `blocks` counts 32-column blocks
  const uint8_t* quants;
  int64_t blocks;
  float* y;  // [rows][y_stride]
  int64_t y_stride;
  int64_t weight_rows;
  const float* bias;      // or null
  const float* residual;  // [rows][y_stride], or null; may be y itself
};

// Plain float weights, row-major, times float rows.
struct MatmulFloatTask {
  const float* x;  // [rows][columns]
  int64_t columns;
  const void* weights;  // [weight_rows][columns] of the function's dtype, from first_weight_row on
  int64_t first_weight_row;
  float* y;
  int64_t y_stride;
  const float* bias;
  const float* residual;
};

struct MatmulFns {
  // Panels [panel_begin, panel_end) of 16 weight rows by rows [row_begin, row_end) of x.
  using Q8 = void (*)(const MatmulQ8Task&, int64_t panel_begin, int64_t panel_end,
                      int64_t row_begin, int64_t row_end);
  Q8 q4_0, q4_1, q5_0, q5_1, q8_0, q2_k, q3_k, q4_k, q5_k, q6_k;
  // The same on canonical Q8_0: `quants` are its rows, there are no scales apart.
  Q8 q8_0_canonical;
  // Weight rows [begin, end) by rows of x.
  using Float = void (*)(const MatmulFloatTask&, int64_t begin, int64_t end, int64_t row_begin,
                         int64_t row_end);
  Float f32, f16, bf16;
};

}  // namespace hone
