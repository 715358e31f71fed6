// PreTokenizer: cuts text into the words that byte-pair merges never cross.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "llm/tokenizer/pattern.h"

namespace hone {

// What a name in tokenizer.ggml.pre stands for: facts from llama.cpp's llama-vocab.cpp, whose
// readings of the models' own patterns are followed so that both give the same tokens.
struct PreTokenizerRecipe {
  std::string_view name;
  // Each step cuts the pieces of the step before. A step is a pattern, or one of the @-names of
  // pre_tokenizer.cc for a rule that needs more look-ahead than one character.
  std::span<const std::string_view> steps;
  bool ignore_merges = false;   // a word that is a token is that token, whatever the merges say
  bool add_bos = false;         // the default, where the model does not say
  bool bytes = true;            // token texts spell bytes as GPT-2 does; if not, plain UTF-8
  bool escape_spaces = false;   // spaces become U+2581 first
  bool drop_spaces = false;     // words of white space leave no token
  bool whole_newlines = false;  // as ignore_merges, for words of newlines
};

// The recipe for a name; an empty one means "default". Fails with unsupported and names it.
Expected<const PreTokenizerRecipe*> find_pre_tokenizer(std::string_view name);
std::span<const PreTokenizerRecipe> pre_tokenizer_recipes();

class PreTokenizer {
 public:
  static Expected<PreTokenizer> make(const PreTokenizerRecipe& recipe);

  // Calls sink(std::string_view word) for each word of `text` (clean UTF-8) from left to right;
  // together the words are the text.
  template <class Sink>
  void split(std::string_view text, Sink&& sink) const {
    split_from(0, text, sink);
  }

 private:
  enum class Kind : uint8_t {
    pattern,
    number_groups,   // cuts after a number, and in threes from its right end
    digit_groups,    // cuts before each group of three at the right end of ASCII digits
    trailing_space,  // white space at the end of the piece apart
  };
  struct Step {
    Kind kind = Kind::pattern;
    PatternDfa pattern;
  };

  template <class Sink>
  void split_from(size_t index, std::string_view piece, Sink& sink) const {
    if (piece.empty()) return;
    if (index == steps_.size()) return sink(piece);
    if (steps_[index].kind != Kind::pattern) {
      size_t start = 0;
      std::vector<size_t> cuts;
      find_cuts(steps_[index].kind, piece, cuts);
      for (const size_t cut : cuts) {
        split_from(index + 1, piece.substr(start, cut - start), sink);
        start = cut;
      }
      return split_from(index + 1, piece.substr(start), sink);
    }
    const PatternDfa& pattern = steps_[index].pattern;
    size_t unmatched = 0;  // where the text since the last match starts
    for (size_t at = 0; at < piece.size();) {
      const size_t end = pattern.match(piece, at);
      if (end == PatternDfa::kNoMatch || end == at) {
        at += std::min(utf8_length(piece[at]), piece.size() - at);
        continue;
      }
      split_from(index + 1, piece.substr(unmatched, at - unmatched), sink);
      split_from(index + 1, piece.substr(at, end - at), sink);
      unmatched = at = end;
    }
    split_from(index + 1, piece.substr(unmatched), sink);
  }

  static void find_cuts(Kind kind, std::string_view piece, std::vector<size_t>& cuts);

  std::vector<Step> steps_;
};

}  // namespace hone
