// SHA-256 (FIPS 180-4) of bytes that arrive piece by piece.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace hone {

using Sha256Digest = std::array<uint8_t, 32>;

// Hashes `blocks` blocks of 64 bytes into the state.
using Sha256Kernel = void (*)(uint32_t* state, const std::byte* data, size_t blocks);

// Plain C++; every processor runs it (about 0.4 GB/s).
void sha256_generic(uint32_t* state, const std::byte* data, size_t blocks);
// The kernel for this processor's SHA instructions (about 2 GB/s), or the generic one.
Sha256Kernel sha256_kernel();

// update() as often as needed, then finish() once; a copy taken in between goes on by itself.
class Sha256 {
 public:
  explicit Sha256(Sha256Kernel kernel = sha256_kernel()) : kernel_(kernel) {}

  void update(Bytes bytes);
  Sha256Digest finish();

 private:
  static constexpr size_t kBlock = 64;

  Sha256Kernel kernel_;
  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, kBlock> pending_ = {};
  uint64_t size_ = 0;  // bytes seen; size_ % kBlock of them wait in pending_
};

Sha256Digest sha256(Bytes bytes);

// From 64 digits, as hex() of base/text.h writes them; nothing if the text is no digest.
std::optional<Sha256Digest> parse_sha256(std::string_view text);

}  // namespace hone
