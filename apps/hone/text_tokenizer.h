// The tokenizer that lies beside a model of texts.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "console.h"
#include "frontend/tokenizer_json/tokenizer_json.h"
#include "llm/tokenizer/tokenizer.h"
#include "models/resolve.h"
#include "tasks/embed.h"

namespace hone::cli {

struct TextTokenizer {
  std::unique_ptr<TokenizerFile> file;  // what the tokenizer views
  std::unique_ptr<Tokenizer> tokenizer;
};

Expected<TextTokenizer> open_tokenizer(const ModelFiles& files);

// A text's tokens. That the model will cut them is said on stderr.
Expected<std::vector<int32_t>> tokens_of(const TextTokenizer& tokenizer, const std::string& text,
                                         const TextInput& input, Console& console);

}  // namespace hone::cli
