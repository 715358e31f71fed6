// gemma3: embeddings scaled by sqrt(width), GELU, norms before and after each part, and five layers
// with a sliding window for each that sees everything (arXiv:2503.19786). GGUF stores norm weights
// with Gemma's 1 already added.
#include <cmath>

#include "frontend/gguf/arch/decoder.h"

namespace hone {

Expected<LanguageModelGraph> build_gemma3(const GgufFile& file,
                                          const LanguageModelOptions& options) {
  HONE_RETURN_IF_ERROR(require_in_layers(
      file, {"attn_q_norm", "attn_k_norm", "post_attention_norm", "post_ffw_norm"}));
  HONE_TRY(DecoderConfig config, read_decoder_config(file, "gemma3"));
  config.activation = UnaryKind::gelu_tanh;
  config.embedding_scale = std::sqrt(static_cast<float>(config.embedding));
  HONE_TRY(const uint64_t window, file.find_u64("gemma3.attention.sliding_window", 0));
  if (window > static_cast<uint64_t>(decoder_limits::kContext)) {
    return fail(Code::corrupt, "gemma3.attention.sliding_window is out of range");
  }
  config.window = static_cast<int64_t>(window);
  HONE_TRY(const uint64_t pattern, file.find_u64("gemma3.attention.sliding_window_pattern", 6));
  if (pattern < 1 || pattern > static_cast<uint64_t>(decoder_limits::kLayers)) {
    return fail(Code::corrupt, "gemma3.attention.sliding_window_pattern is out of range");
  }
  config.window_pattern = static_cast<int64_t>(pattern);
  HONE_TRY(const float window_base, file.find_f32("gemma3.rope.freq_base_swa", 10000.0f));
  config.window_rope = {.rotary_dim = config.rope.rotary_dim, .base = window_base};
  HONE_TRY(config.final_softcap, file.find_f32("gemma3.final_logit_softcapping", 0.0f));
  if (!std::isfinite(window_base) || window_base <= 0 || !std::isfinite(config.final_softcap) ||
      config.final_softcap < 0) {
    return fail(Code::corrupt, "rope.freq_base_swa or final_logit_softcapping is out of range");
  }
  // The 27B model alone, which its 62 layers tell, scales by the width a head would have had.
  if (config.layers == 62) {
    config.attention_scale =
        1.0f / std::sqrt(static_cast<float>(config.embedding) / static_cast<float>(config.heads));
  }
  return build_decoder(file, config, options);
}

}  // namespace hone
