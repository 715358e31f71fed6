// llama: Llama 2 and 3, SmolLM2, Mistral. GGUF stores query and key rows permuted so that RoPE
// turns neighbouring elements.
#include "frontend/gguf/arch/decoder.h"

namespace hone {

Expected<LanguageModelGraph> build_llama(const GgufFile& file,
                                         const LanguageModelOptions& options) {
  HONE_TRY(DecoderConfig config, read_decoder_config(file, "llama"));
  config.rope_pairs = RopePairs::adjacent;
  config.has_rope_factors = true;
  return build_decoder(file, config, options);
}

}  // namespace hone
