// What a GGUF says about its tokenizer: the keys tokenizer.ggml.* and tokenizer.chat_template.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "engine/tokenizer_data.h"
#include "frontend/gguf/reader.h"

namespace hone {

inline constexpr size_t kMaxTokens = 1 << 22;
inline constexpr size_t kMaxMerges = 1 << 22;

// Views into `file`, which must outlive the result. Sizes agree with the vocabulary's, every
// special token is in it (or kNoToken), types are TokenType's and no score is NaN. An error if the
// file has no vocabulary.
Expected<TokenizerData> tokenizer_data(const GgufFile& file);

}  // namespace hone
