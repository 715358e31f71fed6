// What a GGUF says about its tokenizer: the keys tokenizer.ggml.* and tokenizer.chat_template.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "engine/tokenizer_data.h"
#include "frontend/gguf/reader.h"

namespace hone {

// Views into `file`, which must outlive the result; checked by check_tokenizer. An error if the
// file has no vocabulary.
Expected<TokenizerData> tokenizer_data(const GgufFile& file);

}  // namespace hone
