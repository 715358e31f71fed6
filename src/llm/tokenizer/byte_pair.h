// BytePairModel: byte-level BPE, the tokenizer that GGUF calls "gpt2" (and its cousin "gemma4").
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "llm/tokenizer/merge.h"
#include "llm/tokenizer/pre_tokenizer.h"
#include "llm/tokenizer/vocabulary.h"

namespace hone {

inline constexpr size_t kMaxPairMerges = size_t{1} << 23;  // ranks stay exact in a float

// GPT-2 spells bytes as printable characters: the code point for a byte, and back (-1: not one).
uint32_t byte_to_spelling(uint8_t byte);
int spelling_to_byte(uint32_t point);

// (left, right) -> (rank, result), flat.
class MergeTable {
 public:
  struct Slot {
    int32_t left;
    int32_t right;
    uint32_t rank;
    int32_t result = -1;  // -1: the slot is free
  };

  void reserve(size_t merges);
  // False if the keys collide so often that look-ups would be slow. The first of equal pairs stays.
  bool insert(Slot entry);
  void prefetch(int32_t left, int32_t right) const {
    __builtin_prefetch(&slots_[start(left, right)], 1);
  }
  const Slot* find(int32_t left, int32_t right) const {
    for (size_t i = start(left, right);; i = (i + 1) & mask_) {
      const Slot& slot = slots_[i];
      if (slot.result < 0) return nullptr;
      if (slot.left == left && slot.right == right) return &slot;
    }
  }

 private:
  size_t start(int32_t left, int32_t right) const {
    const uint64_t key =
        (static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32) | static_cast<uint32_t>(right);
    const uint64_t mixed = (key ^ (key >> 29)) * 0x9E3779B97F4A7C15u;
    return (mixed >> 32) & mask_;
  }

  std::vector<Slot> slots_;
  size_t mask_ = 0;
};

class BytePairModel {
 public:
  // `merges` are read here and not kept.
  static Expected<BytePairModel> make(const Vocabulary& vocabulary,
                                      std::span<const std::string_view> merges,
                                      const PreTokenizerRecipe& recipe);

  // Appends the tokens of `text` (any bytes) to `ids`; `vocabulary` is the one it was made with.
  void encode(const Vocabulary& vocabulary, std::string_view text, std::vector<int32_t>& ids) const;

  const PreTokenizerRecipe& recipe() const { return *recipe_; }

 private:
  class Builder;
  class Encoder;

  const PreTokenizerRecipe* recipe_ = nullptr;
  PreTokenizer pre_tokenizer_;
  MergeTable merges_;
  // Symbols beyond the vocabulary: merge parts that are no tokens, numbered from vocabulary.size().
  std::deque<std::string> extra_storage_;
  std::vector<std::string_view> extra_texts_;
  TokenTable extra_table_;
  std::array<int32_t, 256> byte_symbol_{};  // the symbol of a single byte; -1: none
};

}  // namespace hone
