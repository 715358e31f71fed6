// SentencePieceModel: SentencePiece's byte-pair encoding, the tokenizer that GGUF calls "llama".
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "llm/tokenizer/vocabulary.h"

namespace hone {

// How SentencePiece spells a space: U+2581.
inline constexpr std::string_view kSpaceMark = "\xE2\x96\x81";

class SentencePieceModel {
 public:
  // Finds the tokens that stand for single bytes.
  static SentencePieceModel make(const Vocabulary& vocabulary, int32_t unknown);

  // Appends the tokens of `text` (any bytes; spaces already spelled U+2581) to `ids`. Neighbors
  // merge by the score of the token that they make; characters without a token become byte tokens.
  // O(n log n).
  void encode(const Vocabulary& vocabulary, std::string_view text, std::vector<int32_t>& ids) const;

 private:
  std::vector<int32_t> byte_token_;  // by byte; the unknown token where there is none
};

}  // namespace hone
