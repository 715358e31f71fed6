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
  std::memcpy(&tail, at, left);
  h = (h ^ tail) * kA;
  h ^= h >> 32;
  h *= kB;
  return h ^ (h >> 29);
}

// Open addressing with linear probing over (hash, id) pairs at most half full. The views must
// outlive the table. Of equal texts the last one added wins.
class TokenTable {
 public:
  // Fails with limit_exceeded if the texts collide so often (by intent: chance does not get there)
  // that look-ups would be slow.
  static Expected<TokenTable> make(std::span<const std::string_view> texts);

  // The id of `text`, or kNoToken.
  int32_t find(std::string_view text) const {
    if (text.size() > longest_ || slots_.empty()) return kNoToken;
    const uint64_t hash = hash_text(text, seed_);
    for (size_t i = hash & mask_;; i = (i + 1) & mask_) {
      const Slot slot = slots_[i];
      if (slot.id == kNoToken) return kNoToken;
      if (slot.tag == static_cast<uint32_t>(hash >> 32) &&
          texts_[static_cast<size_t>(slot.id)] == text)
        return slot.id;
    }
  }
  // Bytes in the longest text.
  size_t longest() const { return longest_; }

 private:
  struct Slot {
    uint32_t tag = 0;
    int32_t id = kNoToken;
  };

  bool fill(uint64_t seed);
  bool insert(int32_t id);

  std::span<const std::string_view> texts_;
  std::vector<Slot> slots_;
  size_t mask_ = 0;
  uint64_t seed_ = 0;
  size_t longest_ = 0;
};

}  // namespace hone
