// memcpy for runs that are mostly short: a call costs more than they do.
#pragma once

#include <cstddef>
#include <cstring>

namespace hone {

// Two copies of a fixed size, which overlap.
template <size_t kSize>
inline void copy_ends(std::byte* to, const std::byte* from, size_t bytes) {
  std::byte first[kSize], last[kSize];
  std::memcpy(first, from, kSize);
  std::memcpy(last, from + bytes - kSize, kSize);
  std::memcpy(to, first, kSize);
  std::memcpy(to + bytes - kSize, last, kSize);
}

inline void copy_bytes(std::byte* to, const std::byte* from, size_t bytes) {
  if (bytes > 64) {
    std::memcpy(to, from, bytes);
  } else if (bytes >= 32) {
    copy_ends<32>(to, from, bytes);
  } else if (bytes >= 16) {
    copy_ends<16>(to, from, bytes);
  } else if (bytes >= 8) {
    copy_ends<8>(to, from, bytes);
  } else if (bytes >= 4) {
    copy_ends<4>(to, from, bytes);
  } else {
    for (size_t i = 0; i < bytes; ++i) to[i] = from[i];
  }
}

}  // namespace hone
