// qwen3: norms on each query and key head instead of biases.
#include "frontend/gguf/arch/decoder.h"

namespace hone {

Expected<LanguageModelGraph> build_qwen3(const GgufFile& file,
                                         const LanguageModelOptions& options) {
  HONE_RETURN_IF_ERROR(require_in_layers(file, {"attn_q_norm", "attn_k_norm"}));
  HONE_TRY(const DecoderConfig config, read_decoder_config(file, "qwen3"));
  return build_decoder(file, config, options);
}

}  // namespace hone
