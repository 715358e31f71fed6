// Vocabularies of 320 tokens that llama.cpp accepts, for the tiny models.
#pragma once

#include <cstdint>

#include "support/gguf_writer.h"

namespace hone::test {

inline constexpr int32_t kTinyVocabSize = 320;

// Both kinds: every byte is a token, so any text can be encoded.
enum class TinyVocab : uint8_t {
  // Byte-level BPE. 0 <|endoftext|>, 1 <|im_start|>, 2 <|im_end|> (eos); 3..258 the bytes; then
  // merges; the rest unused. No bos. ChatML template.
  bpe,
  // SentencePiece BPE. 0 <unk>, 1 <s> (bos, added), 2 </s> (eos); 3..258 the bytes <0x00>..<0xFF>;
  // then pieces; the rest unused. No template.
  spm,
};

// Adds every tokenizer.* key; `pre` names the pre-tokenizer of byte-level BPE.
void add_tiny_vocab(GgufWriter& writer, TinyVocab vocab, std::string_view pre);

}  // namespace hone::test
