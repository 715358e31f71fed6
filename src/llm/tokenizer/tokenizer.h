// Tokenizer: text to token ids and back, as the model's own tokenizer does it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "engine/tokenizer_data.h"
#include "llm/tokenizer/byte_pair.h"
#include "llm/tokenizer/sentence_piece.h"
#include "llm/tokenizer/special_tokens.h"
#include "llm/tokenizer/unigram.h"
#include "llm/tokenizer/vocabulary.h"
#include "llm/tokenizer/word_piece.h"

namespace hone {

inline constexpr size_t kMaxTextBytes = size_t{64} << 20;

struct EncodeOptions {
  bool add_special = true;     // what the model wants around a prompt: bos, eos, separator
  bool parse_special = false;  // control tokens written in the text become those tokens
};

struct DecodeOptions {
  bool show_special = false;  // control tokens appear as their text; otherwise they leave nothing
};

// Immutable once open, and safe to use from several threads. Holds views into the source of the
// TokenizerData (a mapped model file), which must outlive it. Moves, does not copy.
class Tokenizer {
 public:
  // Fails with unsupported for a model or pre-tokenizer that is not known, with corrupt or
  // limit_exceeded for lists that do not fit together.
  static Expected<Tokenizer> open(const TokenizerData& data);

  // Fails with limit_exceeded on more than kMaxTextBytes. Any bytes are fine: what is not UTF-8
  // becomes U+FFFD (byte-level BPE) or byte tokens (SentencePiece), as the reference does it.
  Expected<std::vector<int32_t>> encode(std::string_view text, EncodeOptions options = {}) const;

  // The text of `ids`, which may be cut within a character; fails with invalid_argument on an id
  // that is no token. The space that encode put before the first word is taken away again.
  Expected<std::string> decode(std::span<const int32_t> ids, DecodeOptions options = {}) const;

  // The bytes that a token stands for, control tokens spelled out; empty for an id that is no
  // token. A piece may end within a character: stream through StreamDecoder.
  std::string piece(int32_t id) const;

  // True for tokens after which an answer is over.
  bool is_end(int32_t id) const;
  // Control and unknown tokens: those that decode leaves out by default.
  bool is_special(int32_t id) const { return vocabulary_.holds(id) && vocabulary_.is_special(id); }

  // kNoToken where the model has none.
  int32_t bos() const { return bos_; }
  int32_t eos() const { return eos_; }
  int32_t unknown() const { return unknown_; }
  bool adds_bos() const { return add_bos_; }
  bool adds_eos() const { return add_eos_; }

  int64_t size() const { return static_cast<int64_t>(vocabulary_.size()); }
  // The token spelled exactly so in the vocabulary ("<|im_start|>"), or kNoToken.
  int32_t token_by_text(std::string_view text) const { return vocabulary_.find(text); }
  // The token as the vocabulary spells it ("Ġthe"); empty for an id that is no token.
  std::string_view text(int32_t id) const {
    return vocabulary_.holds(id) ? vocabulary_.text(id) : std::string_view{};
  }

 private:
  using Model = std::variant<BytePairModel, SentencePieceModel, UnigramModel, WordPieceModel>;

  explicit Tokenizer(Vocabulary vocabulary) : vocabulary_(std::move(vocabulary)) {}

  Status open_byte_pair(const TokenizerData& data);
  Status open_sentence_piece(const TokenizerData& data);
  Status open_unigram(const TokenizerData& data);
  Status open_word_piece(const TokenizerData& data);
  void check_ids();
  void encode_fragment(std::string_view text, bool after_special, std::vector<int32_t>& ids) const;

  enum class Spelling : uint8_t { bytes, space_mark };

  Vocabulary vocabulary_;
  SpecialTokens special_;
  Model model_;
  Spelling spelling_ = Spelling::bytes;
  int32_t bos_ = kNoToken;
  int32_t eos_ = kNoToken;
  int32_t unknown_ = kNoToken;
  int32_t after_ = kNoToken;  // what encode puts at the end if add_eos_: eos, or BERT's separator
  bool add_bos_ = false;
  bool add_eos_ = false;
  bool add_space_prefix_ = false;
};

}  // namespace hone
