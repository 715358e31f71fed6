// Charsmap: SentencePiece's precompiled normalizer, a map from prefixes to replacements.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace hone {

// The bytes are a u32 size, a trie of that size as a compact double array with XOR-ed offsets
// (S. Kanda, 2018: bits 10-30 base, 9 base is times 256, 8 has a value, 0-7 label; a value has bit
// 31 clear), then the replacements, each ended by a zero byte. Views into the model file.
class Charsmap {
 public:
  // Fails with corrupt on a size that does not fit. Empty bytes: nothing is replaced.
  static Expected<Charsmap> open(Bytes bytes);

  struct Match {
    size_t length = 0;  // bytes of the text replaced; 0: none
    std::string_view replacement;
  };
  // The longest entry that `text` starts with. Damaged tries find nothing, or something wrong.
  Match find(std::string_view text) const;

 private:
  PackedView<uint32_t> trie_;
  std::string_view replacements_;
};

}  // namespace hone
