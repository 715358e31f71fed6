// qwen2: Qwen2 and Qwen2.5; biases on query, key and value.
#include "frontend/gguf/arch/decoder.h"

namespace hone {

Expected<LanguageModelGraph> build_qwen2(const GgufFile& file,
                                         const LanguageModelOptions& options) {
  HONE_TRY(const DecoderConfig config, read_decoder_config(file, "qwen2"));
  return build_decoder(file, config, options);
}

}  // namespace hone
