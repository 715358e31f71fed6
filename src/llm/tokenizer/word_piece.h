// WordPieceModel: the tokenizer of BERT, which GGUF calls "bert".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "llm/tokenizer/prefix_index.h"
#include "llm/tokenizer/vocabulary.h"

namespace hone {

struct WordPieceOptions {
  int32_t unknown = kNoToken;
  bool lowercase = true;
  bool strip_accents = true;
};

// In GGUF a token that starts a word carries U+2581 in front; one that goes on with it does not.
class WordPieceModel {
 public:
  static WordPieceModel make(const Vocabulary& vocabulary, WordPieceOptions options);

  // Appends the tokens of `text` to `ids`: words are cut greedily, longest token first; one that
  // cannot be cut is the unknown token. Control characters and what is not UTF-8 are dropped.
  void encode(const Vocabulary& vocabulary, std::string_view text, std::vector<int32_t>& ids) const;

 private:
  std::vector<std::string> words_of(std::string_view text) const;
  void encode_word(const Vocabulary& vocabulary, std::string_view word,
                   std::vector<int32_t>& ids) const;

  WordPieceOptions options_;
  PrefixIndex tokens_;
};

}  // namespace hone
