// SpecialTokens: finds tokens that are written out in a text before the text itself is tokenized.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "llm/tokenizer/vocabulary.h"

namespace hone {

inline constexpr size_t kMaxSpecialBytes = 1024;

// A piece of a text: a token (id) or text still to be tokenized (id is kNoToken).
struct TextFragment {
  std::string_view text;
  int32_t id = kNoToken;
};

class SpecialTokens {
 public:
  // Collects the control, unknown and user-defined tokens. Fails on one longer than
  // kMaxSpecialBytes.
  static Expected<SpecialTokens> make(const Vocabulary& vocabulary);

  enum class Parse : uint8_t {
    user_defined,  // control tokens in the text are text
    all,
  };
  // Cuts `text` where special tokens are written in it. Longer tokens are looked for first; of
  // equal ones the leftmost counts. The fragments together are the text.
  std::vector<TextFragment> split(const Vocabulary& vocabulary, std::string_view text,
                                  Parse parse) const;

 private:
  struct Match {
    uint32_t begin;
    uint32_t size;
    int32_t id;
  };
  bool wanted(const Vocabulary& vocabulary, int32_t id, Parse parse) const;
  std::vector<Match> find_all(const Vocabulary& vocabulary, std::string_view text,
                              Parse parse) const;

  std::vector<uint16_t> lengths_;  // of special tokens, longest first, each once
  // Whether a special token starts with these two bytes (first * 256 + second), or is the one byte.
  std::vector<bool> starts_;
};

}  // namespace hone
