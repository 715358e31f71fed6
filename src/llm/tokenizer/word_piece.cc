#include "llm/tokenizer/word_piece.h"

#include <algorithm>
#include <utility>

#include "llm/tokenizer/sentence_piece.h"
#include "llm/tokenizer/unicode.h"

namespace hone {
namespace {

// As BERT's own tokenizer has it (with 2B920, a slip of the pen that models were trained with).
bool is_chinese(uint32_t point) {
  constexpr std::pair<uint32_t, uint32_t> kRanges[] = {
      {0x4E00, 0x9FFF},   {0x3400, 0x4DBF},   {0x20000, 0x2A6DF}, {0x2A700, 0x2B73F},
      {0x2B740, 0x2B81F}, {0x2B920, 0x2CEAF}, {0xF900, 0xFAFF},   {0x2F800, 0x2FA1F}};
  return std::any_of(std::begin(kRanges), std::end(kRanges), [point](const auto& range) {
    return point >= range.first && point <= range.second;
  });
}

bool stands_alone(uint32_t point) {
  const UnicodeClass kind = unicode_class(point);
  return kind == UnicodeClass::punctuation || (point < 0x7F && kind == UnicodeClass::symbol) ||
         is_chinese(point);
}

}  // namespace

WordPieceModel WordPieceModel::make(const Vocabulary& vocabulary, WordPieceOptions options) {
  WordPieceModel model;
  model.options_ = options;
  model.tokens_ = PrefixIndex::make(vocabulary, [](int32_t) { return true; });
  return model;
}

std::vector<std::string> WordPieceModel::words_of(std::string_view text) const {
  std::vector<std::string> words;
  std::string word;
  const auto finish = [&] {
    if (!word.empty()) words.push_back(std::exchange(word, {}));
  };
  while (!text.empty()) {
    const CodePoint read = decode_lenient(text);
    text.remove_prefix(std::max<size_t>(read.size, 1));
    const uint32_t point = options_.strip_accents ? base_letter(read.value) : read.value;
    if (is_white_space(point)) {
      finish();
      continue;
    }
    const UnicodeClass kind = unicode_class(point);
    if (point == 0 || point == kReplacement || kind == UnicodeClass::other) continue;
    if (options_.strip_accents && kind == UnicodeClass::mark) continue;
    const bool alone = stands_alone(point);
    if (alone) finish();
    append_code_point(word, options_.lowercase ? to_lower(point) : point);
    if (alone) finish();
  }
  finish();
  return words;
}

void WordPieceModel::encode_word(const Vocabulary& vocabulary, std::string_view word,
                                 std::vector<int32_t>& ids) const {
  const size_t before = ids.size();
  while (!word.empty()) {
    size_t longest = 0;
    int32_t token = kNoToken;
    tokens_.walk(vocabulary, word, [&](size_t length, int32_t id) {
      longest = length;
      token = id;
    });
    if (longest == 0) {
      ids.resize(before);
      break;
    }
    ids.push_back(token);
    word.remove_prefix(longest);
  }
  if (ids.size() == before && options_.unknown != kNoToken) ids.push_back(options_.unknown);
}

void WordPieceModel::encode(const Vocabulary& vocabulary, std::string_view text,
                            std::vector<int32_t>& ids) const {
  for (const std::string& word : words_of(text)) {
    encode_word(vocabulary, std::string(kSpaceMark) + word, ids);
  }
}

}  // namespace hone
