// The tokenizer that lies beside a model of texts.
#pragma once

#include <memory>

#include "frontend/tokenizer_json/tokenizer_json.h"
#include "llm/tokenizer/tokenizer.h"
#include "models/resolve.h"

namespace hone::cli {

struct TextTokenizer {
  std::unique_ptr<TokenizerFile> file;  // what the tokenizer views
  std::unique_ptr<Tokenizer> tokenizer;
};

Expected<TextTokenizer> open_tokenizer(const ModelFiles& files);

}  // namespace hone::cli
