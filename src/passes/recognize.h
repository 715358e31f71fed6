// Functions that models spell out in primitive ops become the ops that compute them at once.
#pragma once

#include "passes/pipeline.h"

namespace hone::passes {

// GELU by erf or tanh, SiLU and swish, hard swish and mish.
Expected<ir::Graph> recognize_activations(const ir::Graph& graph, const TargetDesc& target);

// (x - mean) / sqrt(variance + eps) of the last axis, or without the mean, with scale and bias.
Expected<ir::Graph> recognize_norms(const ir::Graph& graph, const TargetDesc& target);

// Rotary position embeddings: halves or neighbors turned by angles, by the spellings of exporters.
Expected<ir::Graph> recognize_rotary(const ir::Graph& graph, const TargetDesc& target);

// softmax(scale q k^T + mask) v with heads.
Expected<ir::Graph> recognize_attention(const ir::Graph& graph, const TargetDesc& target);

}  // namespace hone::passes
