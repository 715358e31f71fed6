// What a model file says about its tokenizer, as plain data: made by a front end or read from an
// engine, turned into a working tokenizer by llm/tokenizer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace hone {

// What a token is, as GGUF numbers it (tokenizer.ggml.token_type).
enum class TokenType : int32_t {
  undefined = 0,
  normal = 1,
  unknown = 2,
  control = 3,
  user_defined = 4,
  unused = 5,
  byte = 6,
};

inline constexpr int32_t kNoToken = -1;

// Every view points into the source (a mapped model file), which must outlive this.
struct TokenizerData {
  std::string_view
      model;  // "gpt2" (byte-level BPE), "llama" (SentencePiece BPE), "t5" (unigram), "bert"
  std::string_view pre;                  // the pre-tokenizer's name; may be empty
  std::vector<std::string_view> tokens;  // by id
  PackedView<float> scores;              // by id, or empty
  PackedView<int32_t> types;             // by id (TokenType), or empty
  std::vector<std::string_view> merges;  // "left right", best first; byte-level BPE only
  Bytes precompiled_charsmap;            // SentencePiece normalizer, or empty

  int32_t bos = kNoToken;
  int32_t eos = kNoToken;
  int32_t eot = kNoToken;
  int32_t unknown = kNoToken;
  int32_t separator = kNoToken;
  int32_t padding = kNoToken;
  int32_t classifier = kNoToken;
  int32_t mask = kNoToken;
  // The model's own answer to "does a prompt start with bos, end with eos?"; defaults by model if
  // unset.
  enum class Flag : int8_t { unset = -1, no = 0, yes = 1 };
  Flag add_bos = Flag::unset;
  Flag add_eos = Flag::unset;
  Flag add_separator = Flag::unset;
  Flag add_space_prefix = Flag::unset;
  Flag remove_extra_whitespaces = Flag::unset;
  Flag lowercase = Flag::unset;      // tokenizer.ggml.normalizer.lowercase; BERT only
  Flag strip_accents = Flag::unset;  // tokenizer.ggml.normalizer.strip_accents; BERT only

  std::string_view chat_template;  // Jinja source, or empty
};

inline constexpr size_t kMaxTokens = 1 << 22;
inline constexpr size_t kMaxMerges = 1 << 22;

// Whether sizes agree with the vocabulary's, every special token is in it (or kNoToken), types are
// TokenType's and no score is NaN: what tokenizers rely on.
Status check_tokenizer(const TokenizerData& data);

}  // namespace hone
