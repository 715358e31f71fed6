#include "llm/tokenizer/token_table.h"

#include <algorithm>
#include <bit>

namespace hone {
namespace {

// At half load chance makes runs of some 100 slots in a million; longer ones are made by hand.
constexpr int kMaxProbes = 1024;
constexpr int kSeeds = 3;

}  // namespace

Expected<TokenTable> TokenTable::make(std::span<const std::string_view> texts) {
  TokenTable table;
  table.texts_ = texts;
  for (const std::string_view text : texts) {
    table.longest_ = std::max(table.longest_, text.size());
  }
  table.slots_.resize(std::bit_ceil(std::max<size_t>(texts.size() * 2, 16)));
  table.mask_ = table.slots_.size() - 1;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    if (table.fill(seed * 0xA0761D6478BD642Fu)) return table;
  }
  return fail(Code::limit_exceeded, "the ", texts.size(),
              " token texts collide on purpose; get the model from a source you trust");
}

bool TokenTable::fill(uint64_t seed) {
  seed_ = seed;
  std::fill(slots_.begin(), slots_.end(), Slot{});
  for (size_t id = 0; id < texts_.size(); ++id) {
    if (!texts_[id].empty() && !insert(static_cast<int32_t>(id))) return false;
  }
  return true;
}

bool TokenTable::insert(int32_t id) {
  const std::string_view text = texts_[static_cast<size_t>(id)];
  const uint64_t hash = hash_text(text, seed_);
  const Slot entry{static_cast<uint32_t>(hash >> 32), id};
  size_t i = hash & mask_;
  for (int probes = 0; probes < kMaxProbes; ++probes, i = (i + 1) & mask_) {
    Slot& slot = slots_[i];
    const bool same = slot.id != kNoToken && slot.tag == entry.tag &&
                      texts_[static_cast<size_t>(slot.id)] == text;
    if (slot.id == kNoToken || same) {
      slot = entry;
      return true;
    }
  }
  return false;
}

}  // namespace hone
