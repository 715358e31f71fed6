// Vocabulary: the tokens of a model, what each of them is, and which of them end an answer.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/tokenizer_data.h"
#include "llm/tokenizer/token_table.h"

namespace hone {

inline constexpr size_t kMaxVocabulary = TokenTable::kMaxTexts;

// Holds views into the source of the TokenizerData, no strings of its own. Moves, does not copy.
class Vocabulary {
 public:
  // Fails on a vocabulary that is empty, too large, or whose lists differ in length.
  static Expected<Vocabulary> make(const TokenizerData& data);

  Vocabulary(Vocabulary&&) = default;
  Vocabulary& operator=(Vocabulary&&) = default;

  size_t size() const { return texts_.size(); }
  bool holds(int32_t id) const { return id >= 0 && static_cast<size_t>(id) < texts_.size(); }
  // The token's text as the model spells it; `id` must be held.
  std::string_view text(int32_t id) const { return texts_[static_cast<size_t>(id)]; }
  float score(int32_t id) const { return scores_.empty() ? 0 : scores_[static_cast<size_t>(id)]; }
  // Unused tokens are control tokens too when the file says both by name and type.
  TokenType type(int32_t id) const { return types_[static_cast<size_t>(id)]; }
  bool is_special(int32_t id) const {
    return type(id) == TokenType::control || type(id) == TokenType::unknown;
  }

  int32_t find(std::string_view text) const { return table_.find(text); }
  void find_many(std::span<const std::string_view> texts, std::span<int32_t> ids) const {
    table_.find_many(texts, ids);
  }
  size_t longest() const { return table_.longest(); }
  // The token for a byte that no other token covers: "<0x0A>", else the byte itself, else kNoToken.
  int32_t find_byte(uint8_t byte) const;

  // Tokens after which a model stops, sorted.
  std::span<const int32_t> ends() const { return ends_; }

 private:
  Vocabulary() = default;

  void read_types(const PackedView<int32_t>& types);
  void mark_special_texts();
  void mark_ends(const TokenizerData& data);
  void settle_ambiguous_ends();
  void drop_end(int32_t id, TokenType type);

  std::vector<std::string_view> texts_;
  std::vector<TokenType> types_;
  PackedView<float> scores_;
  TokenTable table_;
  std::vector<int32_t> ends_;
};

}  // namespace hone
