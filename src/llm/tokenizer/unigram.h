// UnigramModel: SentencePiece's unigram language model, the tokenizer that GGUF calls "t5".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "llm/tokenizer/charsmap.h"
#include "llm/tokenizer/prefix_index.h"
#include "llm/tokenizer/vocabulary.h"

namespace hone {

struct UnigramOptions {
  int32_t unknown = kNoToken;
  bool add_space_prefix = false;
  bool merge_spaces = false;  // runs of spaces count as one, and one stands before each word
};

class UnigramModel {
 public:
  static Expected<UnigramModel> make(const Vocabulary& vocabulary, Bytes charsmap,
                                     UnigramOptions options);

  // Appends the most likely segmentation of `text` (any bytes) to `ids`: Viterbi over the tokens'
  // log probabilities. Neighboring unknown characters are one unknown token.
  void encode(const Vocabulary& vocabulary, std::string_view text, std::vector<int32_t>& ids) const;

 private:
  struct Best {
    double score;
    uint32_t begin;
    int32_t id;
  };
  struct Normalized {
    std::string_view text;
    size_t consumed;
  };

  std::string normalize(const Vocabulary& vocabulary, std::string_view text) const;
  Normalized normalize_prefix(const Vocabulary& vocabulary, std::string_view text) const;
  std::vector<Best> find_best(const Vocabulary& vocabulary, std::string_view text) const;

  UnigramOptions options_;
  Charsmap charsmap_;
  PrefixIndex tokens_;
  PrefixIndex user_defined_;
  double unknown_score_ = 0;
};

}  // namespace hone
