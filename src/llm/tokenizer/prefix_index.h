// PrefixIndex: the tokens that start at a place in a text, by length.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "llm/tokenizer/vocabulary.h"

namespace hone {

// Token ids in the order of their texts; a walk narrows the range byte by byte. The vocabulary must
// outlive it at the same address only during calls.
class PrefixIndex {
 public:
  // The ids for which wanted(id) holds. Of equal texts the last id counts.
  template <class Wanted>
  static PrefixIndex make(const Vocabulary& vocabulary, Wanted&& wanted) {
    PrefixIndex index;
    for (int32_t id = 0; vocabulary.holds(id); ++id) {
      if (!vocabulary.text(id).empty() && wanted(id)) index.ids_.push_back(id);
    }
    index.sort(vocabulary);
    return index;
  }

  // Calls found(length, id) for each indexed token that `text` starts with, the shortest first.
  // Returns how many bytes of `text` some token starts with, itself complete or not.
  template <class Found>
  size_t walk(const Vocabulary& vocabulary, std::string_view text, Found&& found) const {
    if (text.empty()) return 0;
    const auto lead = static_cast<uint8_t>(text[0]);
    Range range{first_[lead], first_[lead + 1]};
    size_t depth = 0;
    while (range.begin < range.end) {
      ++depth;
      const int32_t id = ids_[range.begin];
      if (vocabulary.text(id).size() == depth) {
        found(depth, id);
        ++range.begin;
      }
      if (depth == text.size()) break;
      range = narrow(vocabulary, range, depth, static_cast<uint8_t>(text[depth]));
    }
    return depth;
  }

 private:
  struct Range {
    uint32_t begin = 0, end = 0;
  };
  void sort(const Vocabulary& vocabulary);
  // The part of `range`, whose texts agree up to `depth`, that goes on with `byte`.
  Range narrow(const Vocabulary& vocabulary, Range range, size_t depth, uint8_t byte) const;

  std::vector<int32_t> ids_;
  std::array<uint32_t, 257> first_{};  // where the texts start that begin with a byte
};

}  // namespace hone
