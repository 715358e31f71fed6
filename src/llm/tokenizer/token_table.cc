#include "llm/tokenizer/token_table.h"

#include <algorithm>
#include <array>
#include <bit>

namespace hone {
namespace {

// At half load chance makes runs of some 100 slots in a million; longer ones are made by hand.
constexpr int kMaxProbes = 1024;
constexpr int kSeeds = 3;
// How many look-ups are under way at once: enough to hide a miss, few enough to stay in L1.
constexpr size_t kBlock = 32;

}  // namespace

Expected<TokenTable> TokenTable::make(std::span<const std::string_view> texts) {
  TokenTable table;
  if (texts.empty()) return table;
  if (texts.size() > kMaxTexts) {
    return fail(Code::limit_exceeded, texts.size(), " token texts; at most ", kMaxTexts,
                " are allowed");
  }
  table.texts_ = texts;
  table.mask_ = std::bit_ceil(std::max<size_t>(texts.size() * 2, 16)) - 1;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    if (table.fill(seed * 0xA0761D6478BD642Fu)) return table;
  }
  return fail(Code::limit_exceeded, "the ", texts.size(),
              " token texts collide on purpose; get the model from a source you trust");
}

bool TokenTable::fill(uint64_t seed) {
  seed_ = seed;
  slots_.assign(mask_ + 1, 0);
  std::array<uint64_t, kBlock> hashes;
  for (size_t start = 0; start < texts_.size(); start += kBlock) {
    const size_t count = std::min(kBlock, texts_.size() - start);
    for (size_t i = 0; i < count; ++i) {
      const std::string_view text = texts_[start + i];
      longest_ = std::max(longest_, text.size());
      hashes[i] = hash_text(text, seed_);
      __builtin_prefetch(&slots_[hashes[i] & mask_], 1);
    }
    for (size_t i = 0; i < count; ++i) {
      if (texts_[start + i].empty()) continue;
      if (!insert(static_cast<uint32_t>(start + i), hashes[i])) return false;
    }
  }
  return true;
}

bool TokenTable::insert(uint32_t index, uint64_t hash) {
  const uint32_t entry = tag_of(hash) | (index + 1);
  size_t i = hash & mask_;
  for (int probes = 0; probes < kMaxProbes; ++probes, i = (i + 1) & mask_) {
    const uint32_t slot = slots_[i];
    const bool same = slot != 0 && (slot & ~kIdMask) == tag_of(hash) &&
                      texts_[(slot & kIdMask) - 1] == texts_[index];
    if (slot == 0 || same) {
      slots_[i] = entry;
      return true;
    }
  }
  return false;
}

void TokenTable::find_many(std::span<const std::string_view> texts, std::span<int32_t> ids) const {
  for (size_t start = 0; start < texts.size(); start += kBlock) {
    const size_t count = std::min(kBlock, texts.size() - start);
    find_block(texts.subspan(start, count), ids.subspan(start, count));
  }
}

// A look-up misses three times: slot, view, bytes. Each round fetches what the next one reads.
void TokenTable::find_block(std::span<const std::string_view> texts, std::span<int32_t> ids) const {
  if (slots_.empty()) return std::fill(ids.begin(), ids.end(), kNoToken);
  std::array<uint64_t, kBlock> hashes;
  std::array<uint32_t, kBlock> guesses;
  for (size_t i = 0; i < texts.size(); ++i) {
    hashes[i] = hash_text(texts[i], seed_);
    __builtin_prefetch(&slots_[hashes[i] & mask_]);
  }
  for (size_t i = 0; i < texts.size(); ++i) {
    const uint32_t slot = slots_[hashes[i] & mask_];
    guesses[i] = slot == 0 ? 0 : (slot & kIdMask) - 1;
    __builtin_prefetch(&texts_[guesses[i]]);
  }
  for (size_t i = 0; i < texts.size(); ++i) __builtin_prefetch(texts_[guesses[i]].data());
  for (size_t i = 0; i < texts.size(); ++i) ids[i] = find_hashed(texts[i], hashes[i]);
}

}  // namespace hone
