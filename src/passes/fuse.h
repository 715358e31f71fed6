// Fusions: fewer passes over activations, fewer steps to wait for.
#pragma once

#include "passes/pipeline.h"

namespace hone::passes {

// quantize_rows of an rms_norm or glu that nothing else reads becomes that op's own result.
Expected<ir::Graph> fuse_quantize(const ir::Graph& graph, const TargetDesc& target);

// A sum of a matmul that nothing else reads and a value of its shape becomes the matmul's residual.
Expected<ir::Graph> fuse_residual(const ir::Graph& graph, const TargetDesc& target);

// A constant vector that is added to a product with a constant matrix, which nothing else reads,
// becomes the product's own summand.
Expected<ir::Graph> fuse_bias(const ir::Graph& graph, const TargetDesc& target);

// What follows a conv and nothing else reads becomes part of it: constant factors and summands a
// channel (batch normalization) of its weights, a residual and an activation of its epilogue.
Expected<ir::Graph> fuse_conv(const ir::Graph& graph, const TargetDesc& target);

// A constant pad of spatial axes before a conv or pool that gives the same numbers with more
// padding of its own becomes that: zeros (the zero point, of codes), or what no largest element is
// below.
Expected<ir::Graph> fuse_pad(const ir::Graph& graph, const TargetDesc& target);

}  // namespace hone::passes
