// PatternDfa: the regular expressions that pre-tokenizers are written in, turned into a table.
//
// A pattern is parsed to a small NFA and that to a DFA whose states are priority lists of NFA
// positions, so that the first alternative wins and quantifiers are greedy, as in Perl. Code points
// fall into a few classes that the pattern cannot tell apart; one table look-up a character
// decides. Look-ahead sees one character: it is answered while the list is expanded, when the next
// class is known. Scanning therefore never backtracks inside a match.
//
// What is understood: | ( ) (?: ) ? * + {n} {n,m}, [..] with ranges and ^, \r \n \t \s \S \d,
// \p{L} \p{N} \p{M} \p{P} \p{S}, escapes of punctuation, (?=x) and (?!x) of one character x.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "llm/tokenizer/unicode.h"

namespace hone {

class PatternDfa {
 public:
  static constexpr size_t kNoMatch = static_cast<size_t>(-1);

  // Fails with internal: the patterns are ours, not the model's.
  static Expected<PatternDfa> compile(std::string_view pattern);

  // The end of the match that starts at text[position], or kNoMatch. `text` is clean UTF-8; its end
  // is the end for look-ahead too.
  size_t match(std::string_view text, size_t position) const;

  size_t states() const { return table_.size() / stride_; }

 private:
  friend class PatternCompiler;

  uint32_t class_of(uint32_t point) const;

  // Row: state; column: class, the end of the text being class 0. An entry is the next state times
  // two, plus one if a match ends before this character.
  std::vector<uint16_t> table_;
  size_t stride_ = 1;
  std::array<uint8_t, 128> ascii_class_{};
  // Segment k of the code points starts at segment_start_[k]; class_[k * 16 + unicode_kind].
  std::vector<uint32_t> segment_start_;
  std::vector<uint8_t> class_;
};

}  // namespace hone
