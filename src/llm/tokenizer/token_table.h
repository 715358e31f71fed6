// TokenTable: from a token's text to its id, flat and without copies of the strings.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/tokenizer_data.h"

namespace hone {

// 64 bits that depend on every byte of `text`; not cryptographic.
inline uint64_t hash_text(std::string_view text, uint64_t seed) {
  constexpr uint64_t kA = 0x9E3779B97F4A7C15u, kB = 0xD6E8FEB86659FD93u;
  uint64_t h = seed ^ (text.size() * kA);
  const char* at = text.data();
  size_t left = text.size();
  for (; left >= 8; at += 8, left -= 8) {
    uint64_t word;
    std::memcpy(&word, at, 8);
    h = (h ^ word) * kB;
    h ^= h >> 29;
  }
  uint64_t tail = 0;
  if (left > 0) std::memcpy(&tail, at, left);  // an empty view may be null
  h = (h ^ tail) * kA;
  h ^= h >> 32;
  h *= kB;
  return h ^ (h >> 29);
}

// Open addressing with linear probing, at most half full; a slot is four bytes. The views must
// outlive the table. Of equal texts the last one wins. The memory misses of a large vocabulary cost
// more than the work, so whatever comes in bulk is fetched ahead: opening Gemma's 262,144 tokens
// takes a quarter of the time.
class TokenTable {
 public:
  static constexpr size_t kMaxTexts = (size_t{1} << 22) - 1;

  // Fails with limit_exceeded if the texts collide so often (by intent: chance does not get there)
  // that look-ups would be slow. At most kMaxTexts.
  static Expected<TokenTable> make(std::span<const std::string_view> texts);

  // The id of `text`, or kNoToken.
  int32_t find(std::string_view text) const {
    if (text.size() > longest_) return kNoToken;
    return find_hashed(text, hash_text(text, seed_));
  }
  // The same for each of `texts`; `ids` is as long.
  void find_many(std::span<const std::string_view> texts, std::span<int32_t> ids) const;

  // Bytes in the longest text.
  size_t longest() const { return longest_; }

 private:
  // A slot: 0 if free, else the id plus one below kTagShift bits of the hash.
  static constexpr int kTagShift = 22;
  static constexpr uint32_t kIdMask = (uint32_t{1} << kTagShift) - 1;
  static uint32_t tag_of(uint64_t hash) { return static_cast<uint32_t>(hash >> 32) & ~kIdMask; }

  int32_t find_hashed(std::string_view text, uint64_t hash) const {
    if (slots_.empty()) return kNoToken;
    for (size_t i = hash & mask_;; i = (i + 1) & mask_) {
      const uint32_t slot = slots_[i];
      if (slot == 0) return kNoToken;
      const uint32_t index = (slot & kIdMask) - 1;
      if ((slot & ~kIdMask) == tag_of(hash) && texts_[index] == text) {
        return static_cast<int32_t>(index);
      }
    }
  }
  void find_block(std::span<const std::string_view> texts, std::span<int32_t> ids) const;
  bool fill(uint64_t seed);
  bool insert(uint32_t index, uint64_t hash);

  std::span<const std::string_view> texts_;
  std::vector<uint32_t> slots_;
  size_t mask_ = 0;
  uint64_t seed_ = 0;
  size_t longest_ = 0;
};

}  // namespace hone
