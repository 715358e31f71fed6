// The decoder-only transformer that the families share, and what each may vary.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "frontend/gguf/arch/family.h"
#include "ops/rope/op.h"
#include "ops/rope_table/op.h"
#include "ops/unary/op.h"

namespace hone {

// Limits on what metadata may claim: beyond any known model, small enough that nothing overflows.
namespace decoder_limits {
inline constexpr int64_t kLayers = 1024;
inline constexpr int64_t kHeads = 1024;
inline constexpr int64_t kWidth = 1 << 18;  // embedding, feed-forward and head sizes
inline constexpr int64_t kContext = int64_t{1} << 27;
}  // namespace decoder_limits

struct DecoderConfig {
  std::string architecture;
  int64_t layers = 0;
  int64_t embedding = 0;              // length of a hidden row
  std::vector<int64_t> heads;         // by layer
  std::vector<int64_t> kv_heads;      // by layer
  std::vector<int64_t> feed_forward;  // by layer; empty: what the tensors say
  int64_t head_dim = 0;
  int64_t context = 0;
  float norm_eps = 1e-5f;
  RopePairs rope_pairs = RopePairs::halves;
  bool has_rope_factors = false;  // rope_freqs.weight counts
  RopeTableAttrs rope;            // of layers that see everything
  RopeTableAttrs window_rope;     // of layers with a window
  int64_t window = 0;             // positions seen by layers with a window; 0: no such layers
  std::vector<bool> windowed;     // by layer: sees only the window, if there is one
  UnaryKind activation = UnaryKind::silu;
  float embedding_scale = 1.0f;
  float attention_scale = 0.0f;
  float attention_softcap = 0.0f;
  float final_softcap = 0.0f;

  bool has_window(int64_t layer) const {
    return window > 0 && windowed[static_cast<size_t>(layer)];
  }
};

// Whole numbers or booleans by layer, which the file gives once for all layers or as an array with
// one a layer. Empty when the key is absent.
Expected<std::vector<int64_t>> settings_by_layer(const GgufFile& file, std::string_view key,
                                                 int64_t layers);

// Reads what all families write the same way: "<architecture>.block_count" and so on, with RoPE
// scaling.
Expected<DecoderConfig> read_decoder_config(const GgufFile& file, std::string_view architecture);

// An error unless the file has every one of these tensors in its first layer ("attn_q_norm"):
// without them the model would run and answer nonsense.
Status require_in_layers(const GgufFile& file, std::initializer_list<std::string_view> names);

// Builds the graph. Biases, query and key norms, norms after attention and feed-forward, and RoPE
// factors are used where the file has their tensors.
Expected<LanguageModelGraph> build_decoder(const GgufFile& file, const DecoderConfig& config,
                                           const LanguageModelOptions& options);

}  // namespace hone
