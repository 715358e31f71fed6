// Graphs whose numbers pass through 8-bit codes (ONNX QDQ, TFLite INT8) become graphs of codes.
#pragma once

#include "passes/pipeline.h"

namespace hone::passes {

// Moves each dequantize of 8-bit codes down, through ops that only move elements (transpose,
// reshape, slice, split, concat, pad with zeros, the largest in a window, nearest resize), until a
// quantize to the same codes undoes it. What is moved is a quarter as large.
Expected<ir::Graph> sink_dequantize(const ir::Graph& graph, const TargetDesc& target);

// dequantize -> conv, matmul, sum, product, mean or concat -> clamp -> quantize becomes one op on
// codes, with integer sums; other functions of one value become tables of 256. Ops on codes want
// channels last: transposes are put around them, for cancel_transposes to take out.
Expected<ir::Graph> fold_quantized(const ir::Graph& graph, const TargetDesc& target);

}  // namespace hone::passes
