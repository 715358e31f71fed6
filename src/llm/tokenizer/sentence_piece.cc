#include "llm/tokenizer/sentence_piece.h"

#include <cmath>
#include <limits>

#include "llm/tokenizer/merge.h"
#include "llm/tokenizer/unicode.h"

namespace hone {

SentencePieceModel SentencePieceModel::make(const Vocabulary& vocabulary, int32_t unknown) {
  SentencePieceModel model;
  for (int byte = 0; byte < 256; ++byte) {
    const int32_t id = vocabulary.find_byte(static_cast<uint8_t>(byte));
    model.byte_token_.push_back(id == kNoToken ? unknown : id);
  }
  return model;
}

void SentencePieceModel::encode(const Vocabulary& vocabulary, std::string_view text,
                                std::vector<int32_t>& ids) const {
  MergeScratch scratch;
  for (size_t at = 0; at < text.size();) {
    const auto size = static_cast<uint32_t>(text.substr(at, utf8_length(text[at])).size());
    scratch.symbols.push_back({.begin = static_cast<uint32_t>(at), .size = size});
    at += size;
  }
  merge_pairs(scratch, [&](const MergeSymbol& left, const MergeSymbol& right) {
    const int32_t id = vocabulary.find(text.substr(left.begin, left.size + right.size));
    if (id == kNoToken) return MergeCandidate{0, -1};
    const float score = vocabulary.score(id);
    return MergeCandidate{std::isnan(score) ? std::numeric_limits<float>::max() : -score, id};
  });
  for (const MergeSymbol& symbol : scratch.symbols) {
    const std::string_view piece = text.substr(symbol.begin, symbol.size);
    const int32_t id = symbol.id >= 0 ? symbol.id : vocabulary.find(piece);
    if (id != kNoToken) {
      ids.push_back(id);
      continue;
    }
    for (const char c : piece) {
      const int32_t byte = byte_token_[static_cast<uint8_t>(c)];
      if (vocabulary.holds(byte)) ids.push_back(byte);
    }
  }
}

}  // namespace hone
