#include "llm/tokenizer/byte_pair.h"

#include <algorithm>
#include <bit>

namespace hone {
namespace {

constexpr int kMaxPairProbes = 1024;

constexpr bool spells_itself(uint32_t byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

constexpr uint32_t kSpellings = 256 + 68;  // bytes that do not spell themselves follow 255

constexpr std::array<uint16_t, 256> make_spelling() {
  std::array<uint16_t, 256> table{};
  uint16_t next = 256;
  for (uint32_t byte = 0; byte < 256; ++byte) {
    table[byte] = spells_itself(byte) ? static_cast<uint16_t>(byte) : next++;
  }
  return table;
}
constexpr std::array<uint16_t, 256> kSpelling = make_spelling();

constexpr std::array<int16_t, kSpellings> make_byte_of() {
  std::array<int16_t, kSpellings> table{};
  table.fill(-1);
  for (uint32_t byte = 0; byte < 256; ++byte) table[kSpelling[byte]] = static_cast<int16_t>(byte);
  return table;
}
constexpr std::array<int16_t, kSpellings> kByteOf = make_byte_of();

}  // namespace

uint32_t byte_to_spelling(uint8_t byte) { return kSpelling[byte]; }
int spelling_to_byte(uint32_t point) { return point < kSpellings ? kByteOf[point] : -1; }

void MergeTable::reserve(size_t merges) {
  slots_.assign(std::bit_ceil(std::max<size_t>(merges + merges / 3 + 1, 16)), Slot{});
  mask_ = slots_.size() - 1;
}

bool MergeTable::insert(Slot entry) {
  size_t i = start(entry.left, entry.right);
  for (int probes = 0; probes < kMaxPairProbes; ++probes, i = (i + 1) & mask_) {
    Slot& slot = slots_[i];
    if (slot.result >= 0 && slot.left == entry.left && slot.right == entry.right) return true;
    if (slot.result < 0) {
      slot = entry;
      return true;
    }
  }
  return false;
}

// Turns merges of texts into merges of symbols, a block at a time so that memory misses overlap.
// Almost every part is a token; merges with a part that is not wait until the rest is read, when
// such parts get symbols of their own, so that merging goes as the texts say.
class BytePairModel::Builder {
 public:
  Builder(const Vocabulary& vocabulary, BytePairModel& model)
      : vocabulary_(vocabulary), model_(model) {}

  Status run(std::span<const std::string_view> merges);

 private:
  static constexpr size_t kBlock = 32;

  // Both parts empty for a line without a space, which merges nothing.
  struct Parts {
    std::string_view left, right;
  };
  static Parts cut(std::string_view merge) {
    const size_t space = merge.find(' ', 1);
    if (space == merge.npos) return {};
    return {merge.substr(0, space), merge.substr(space + 1)};
  }

  Status add_block(std::span<const std::string_view> merges, size_t first_rank);
  int32_t find_result(const Parts& parts);
  void name_bytes();
  void name_parts(std::string_view merge);
  int32_t symbol(std::string_view text) const;
  Status add_late(std::string_view merge, uint32_t rank);
  Status insert(const MergeTable::Slot& slot);

  const Vocabulary& vocabulary_;
  BytePairModel& model_;
  std::vector<uint32_t> late_;  // ranks of merges with a part that is no token
  std::string joined_;
  int32_t last_result_ = kNoToken;
};

// In most files merge r makes token (constant + r): one comparison instead of a look-up.
int32_t BytePairModel::Builder::find_result(const Parts& parts) {
  const size_t size = parts.left.size() + parts.right.size();
  if (size > vocabulary_.longest()) return kNoToken;
  if (vocabulary_.holds(last_result_ + 1)) {
    const std::string_view guess = vocabulary_.text(last_result_ + 1);
    if (guess.size() == size && guess.starts_with(parts.left) && guess.ends_with(parts.right)) {
      return ++last_result_;
    }
  }
  joined_.assign(parts.left).append(parts.right);
  return last_result_ = vocabulary_.find(joined_);
}

Status BytePairModel::Builder::insert(const MergeTable::Slot& slot) {
  if (model_.merges_.insert(slot)) return {};
  return fail(Code::limit_exceeded,
              "the merges collide on purpose; get the model from a source you trust");
}

Status BytePairModel::Builder::add_block(std::span<const std::string_view> merges,
                                         size_t first_rank) {
  std::array<std::string_view, kBlock> lefts, rights;
  std::array<int32_t, kBlock> left_ids, right_ids;
  for (size_t i = 0; i < merges.size(); ++i) {
    const Parts parts = cut(merges[i]);
    lefts[i] = parts.left;
    rights[i] = parts.right;
  }
  vocabulary_.find_many(std::span(lefts).first(merges.size()), left_ids);
  vocabulary_.find_many(std::span(rights).first(merges.size()), right_ids);
  for (size_t i = 0; i < merges.size(); ++i) model_.merges_.prefetch(left_ids[i], right_ids[i]);
  for (size_t i = 0; i < merges.size(); ++i) {
    const auto rank = static_cast<uint32_t>(first_rank + i);
    const int32_t result = find_result({lefts[i], rights[i]});
    if (left_ids[i] < 0 || right_ids[i] < 0 || result < 0) {
      if (!lefts[i].empty() && !rights[i].empty()) late_.push_back(rank);
      continue;
    }
    HONE_RETURN_IF_ERROR(insert({left_ids[i], right_ids[i], rank, result}));
  }
  return {};
}

void BytePairModel::Builder::name_bytes() {
  for (size_t byte = 0; byte < 256; ++byte) {
    std::string text;
    append_utf8(text, kSpelling[byte]);
    if (vocabulary_.find(text) != kNoToken) continue;
    model_.extra_texts_.push_back(model_.extra_storage_.emplace_back(std::move(text)));
  }
}

void BytePairModel::Builder::name_parts(std::string_view merge) {
  const Parts parts = cut(merge);
  std::string joined = cat(parts.left, parts.right);
  if (vocabulary_.find(parts.left) == kNoToken) model_.extra_texts_.push_back(parts.left);
  if (vocabulary_.find(parts.right) == kNoToken) model_.extra_texts_.push_back(parts.right);
  if (vocabulary_.find(joined) == kNoToken) {
    model_.extra_texts_.push_back(model_.extra_storage_.emplace_back(std::move(joined)));
  }
}

int32_t BytePairModel::Builder::symbol(std::string_view text) const {
  const int32_t id = vocabulary_.find(text);
  if (id != kNoToken) return id;
  const int32_t extra = model_.extra_table_.find(text);
  return extra == kNoToken ? -1 : extra + static_cast<int32_t>(vocabulary_.size());
}

Status BytePairModel::Builder::add_late(std::string_view merge, uint32_t rank) {
  const Parts parts = cut(merge);
  return insert(
      {symbol(parts.left), symbol(parts.right), rank, symbol(cat(parts.left, parts.right))});
}

Status BytePairModel::Builder::run(std::span<const std::string_view> merges) {
  model_.merges_.reserve(merges.size());
  for (size_t start = 0; start < merges.size(); start += kBlock) {
    const size_t count = std::min(kBlock, merges.size() - start);
    HONE_RETURN_IF_ERROR(add_block(merges.subspan(start, count), start));
  }
  if (model_.recipe_->bytes) name_bytes();
  for (const uint32_t rank : late_) name_parts(merges[rank]);
  std::vector<std::string_view>& extra = model_.extra_texts_;
  std::sort(extra.begin(), extra.end());
  extra.erase(std::unique(extra.begin(), extra.end()), extra.end());
  HONE_TRY(model_.extra_table_, TokenTable::make(extra));
  for (const uint32_t rank : late_) HONE_RETURN_IF_ERROR(add_late(merges[rank], rank));
  for (size_t byte = 0; byte < 256; ++byte) {
    std::string text;
    append_utf8(text, kSpelling[byte]);
    model_.byte_symbol_[byte] = symbol(text);
  }
  return {};
}

Expected<BytePairModel> BytePairModel::make(const Vocabulary& vocabulary,
                                            std::span<const std::string_view> merges,
                                            const PreTokenizerRecipe& recipe) {
  if (merges.size() > kMaxPairMerges) {
    return fail(Code::limit_exceeded, "the tokenizer has ", merges.size(), " merges; at most ",
                kMaxPairMerges, " are allowed");
  }
  BytePairModel model;
  model.recipe_ = &recipe;
  HONE_TRY(model.pre_tokenizer_, PreTokenizer::make(recipe));
  HONE_RETURN_IF_ERROR(Builder(vocabulary, model).run(merges));
  return model;
}

// One call of encode: the buffers that words share.
class BytePairModel::Encoder {
 public:
  Encoder(const BytePairModel& model, const Vocabulary& vocabulary, std::vector<int32_t>& ids)
      : model_(model), vocabulary_(vocabulary), ids_(ids) {}

  void word(std::string_view word);

 private:
  bool take_whole(std::string_view word);
  void split_bytes(std::string_view word);
  void split_characters(std::string_view word);
  void emit(const MergeSymbol& symbol, std::string_view word);

  const BytePairModel& model_;
  const Vocabulary& vocabulary_;
  std::vector<int32_t>& ids_;
  MergeScratch scratch_;
  std::string spelled_;
};

// A word that is itself a token, where the model wants that to come before merging.
bool BytePairModel::Encoder::take_whole(std::string_view word) {
  const PreTokenizerRecipe& recipe = *model_.recipe_;
  const bool newlines =
      recipe.whole_newlines && word.find_first_not_of('\n') == std::string_view::npos;
  if ((!recipe.ignore_merges && !newlines) || word.size() > vocabulary_.longest()) return false;
  std::string_view spelled = word;
  if (recipe.bytes) {
    spelled_.clear();
    for (const char c : word) append_utf8(spelled_, kSpelling[static_cast<uint8_t>(c)]);
    spelled = spelled_;
  }
  const int32_t id = vocabulary_.find(spelled);
  if (id == kNoToken) return false;
  ids_.push_back(id);
  return true;
}

void BytePairModel::Encoder::split_bytes(std::string_view word) {
  uint32_t at = 0;
  for (const char c : word) {
    const int32_t id = model_.byte_symbol_[static_cast<uint8_t>(c)];
    scratch_.symbols.push_back({.id = id, .begin = at++, .size = 1});
  }
}

void BytePairModel::Encoder::split_characters(std::string_view word) {
  for (size_t at = 0; at < word.size();) {
    const std::string_view character = word.substr(at, utf8_length(word[at]));
    int32_t id = vocabulary_.find(character);
    if (id == kNoToken) {
      const int32_t extra = model_.extra_table_.find(character);
      if (extra != kNoToken) id = extra + static_cast<int32_t>(vocabulary_.size());
    }
    const auto size = static_cast<uint32_t>(character.size());
    scratch_.symbols.push_back({.id = id, .begin = static_cast<uint32_t>(at), .size = size});
    at += size;
  }
}

void BytePairModel::Encoder::emit(const MergeSymbol& symbol, std::string_view word) {
  if (vocabulary_.holds(symbol.id)) return ids_.push_back(symbol.id);
  for (const char c : word.substr(symbol.begin, symbol.size)) {
    const auto byte = static_cast<uint8_t>(c);
    const int32_t id =
        model_.recipe_->bytes ? model_.byte_symbol_[byte] : vocabulary_.find_byte(byte);
    if (vocabulary_.holds(id)) ids_.push_back(id);
  }
}

void BytePairModel::Encoder::word(std::string_view word) {
  if (model_.recipe_->drop_spaces) {
    if (is_white_space(decode_clean(word.data(), word.data() + word.size()).value)) return;
  }
  if (take_whole(word)) return;
  scratch_.symbols.clear();
  if (model_.recipe_->bytes) {
    split_bytes(word);
  } else {
    split_characters(word);
  }
  merge_pairs(scratch_, [this](const MergeSymbol& left, const MergeSymbol& right) {
    const MergeTable::Slot* merge = model_.merges_.find(left.id, right.id);
    return merge == nullptr ? MergeCandidate{0, -1}
                            : MergeCandidate{static_cast<float>(merge->rank), merge->result};
  });
  for (const MergeSymbol& symbol : scratch_.symbols) emit(symbol, word);
}

void BytePairModel::encode(const Vocabulary& vocabulary, std::string_view text,
                           std::vector<int32_t>& ids) const {
  std::string clean;
  Encoder encoder(*this, vocabulary, ids);
  pre_tokenizer_.split(make_clean_utf8(text, clean),
                       [&encoder](std::string_view word) { encoder.word(word); });
}

}  // namespace hone
