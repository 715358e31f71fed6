// gemma3: embeddings scaled by sqrt(width), GELU, norms before and after each part, and five layers
// with a sliding window for each that sees everything (arXiv:2503.19786). GGUF stores norm weights
// with Gemma's 1 already added.
#include <cmath>

#include "frontend/gguf/arch/decoder.h"

namespace hone {
namespace {

// The key holds a period, in which the last layer sees everything (0: none does), or a boolean a
// layer.
Expected<std::vector<bool>> read_windowed(const GgufFile& file, int64_t layers) {
  constexpr std::string_view kKey = "gemma3.attention.sliding_window_pattern";
  const auto count = static_cast<size_t>(layers);
  const GgufValue* value = file.find(kKey);
  if (value != nullptr && value->form == GgufValue::Form::array) {
    HONE_TRY(const std::vector<int64_t> flags, settings_by_layer(file, kKey, layers));
    std::vector<bool> windowed(count);
    for (size_t i = 0; i < count; ++i) windowed[i] = flags[i] != 0;
    return windowed;
  }
  HONE_TRY(const uint64_t period, file.find_u64(kKey, 6));
  if (period > static_cast<uint64_t>(decoder_limits::kLayers)) {
    return fail(Code::corrupt, kKey, " is out of range");
  }
  std::vector<bool> windowed(count, true);
  if (period == 0) return windowed;
  for (size_t i = 0; i < count; ++i) windowed[i] = (i + 1) % period != 0;
  return windowed;
}

}  // namespace

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
  HONE_TRY(config.windowed, read_windowed(file, config.layers));
  HONE_TRY(config.window_rope.base, file.find_f32("gemma3.rope.freq_base_swa", 10000.0f));
  HONE_TRY(config.final_softcap, file.find_f32("gemma3.final_logit_softcapping", 0.0f));
  const float window_base = config.window_rope.base;
  if (!std::isfinite(window_base) || window_base <= 0 || !std::isfinite(config.final_softcap) ||
      config.final_softcap < 0) {
    return fail(Code::corrupt, "rope.freq_base_swa or final_logit_softcapping is out of range");
  }
  // The 27B model alone, which its 62 layers tell, scales by the width a head would have had.
  if (config.layers == 62) {
    config.attention_scale = 1.0f / std::sqrt(static_cast<float>(config.embedding) /
                                              static_cast<float>(config.heads[0]));
  }
  return build_decoder(file, config, options);
}

}  // namespace hone
