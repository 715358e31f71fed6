// tokenizer.json, as Hugging Face's tokenizers 0.23 writes it, for text encoders: WordPiece with
// BERT's normalizer.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/tokenizer_data.h"

namespace hone {

inline constexpr size_t kMaxJsonTokens = 1 << 20;

// What data() views lies in here. Does not move.
class TokenizerFile {
 public:
  // Other kinds of tokenizers are unsupported; tokens without an id, or two with one, are corrupt.
  static Expected<std::unique_ptr<TokenizerFile>> parse(std::string_view json);

  TokenizerFile(const TokenizerFile&) = delete;
  TokenizerFile& operator=(const TokenizerFile&) = delete;
  const TokenizerData& data() const { return data_; }

 private:
  TokenizerFile() = default;

  std::vector<std::string> tokens_;  // as GGUF spells them: U+2581 before what begins a word
  std::vector<int32_t> types_;
  TokenizerData data_;
};

}  // namespace hone
