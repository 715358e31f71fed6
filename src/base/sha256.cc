#include "base/sha256.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/sha256_kernels.h"

namespace hone {
namespace {

uint32_t load_big_endian(const std::byte* data) {
  uint32_t value = 0;
  std::memcpy(&value, data, sizeof value);
  return __builtin_bswap32(value);
}

void extend_schedule(uint32_t* w) {
  for (int i = 16; i < 64; ++i) {
    const uint32_t a = w[i - 15];
    const uint32_t b = w[i - 2];
    const uint32_t s0 = std::rotr(a, 7) ^ std::rotr(a, 18) ^ (a >> 3);
    const uint32_t s1 = std::rotr(b, 17) ^ std::rotr(b, 19) ^ (b >> 10);
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
}

}  // namespace

void sha256_generic(uint32_t* state, const std::byte* data, size_t blocks) {
  for (; blocks > 0; --blocks, data += 64) {
    uint32_t w[64];
    for (int i = 0; i < 16; ++i) w[i] = load_big_endian(data + 4 * i);
    extend_schedule(w);
    uint32_t s[8];
    std::copy_n(state, 8, s);
    for (int i = 0; i < 64; ++i) {
      const uint32_t e1 = std::rotr(s[4], 6) ^ std::rotr(s[4], 11) ^ std::rotr(s[4], 25);
      const uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
      const uint32_t t1 = s[7] + e1 + choice + kSha256Rounds[i] + w[i];
      const uint32_t a0 = std::rotr(s[0], 2) ^ std::rotr(s[0], 13) ^ std::rotr(s[0], 22);
      const uint32_t majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
      std::copy_backward(s, s + 7, s + 8);
      s[4] += t1;
      s[0] = t1 + a0 + majority;
    }
    for (int i = 0; i < 8; ++i) state[i] += s[i];
  }
}

void Sha256::update(Bytes bytes) {
  if (bytes.empty()) return;
  const size_t held = size_ % kBlock;
  size_ += bytes.size();
  if (held > 0) {
    const size_t taken = std::min(kBlock - held, bytes.size());
    std::memcpy(pending_.data() + held, bytes.data(), taken);
    if (held + taken < kBlock) return;
    kernel_(state_.data(), pending_.data(), 1);
    bytes = bytes.subspan(taken);
  }
  kernel_(state_.data(), bytes.data(), bytes.size() / kBlock);
  const Bytes rest = bytes.last(bytes.size() % kBlock);
  std::copy(rest.begin(), rest.end(), pending_.begin());
}

Sha256Digest Sha256::finish() {
  const uint64_t bits = size_ * 8;
  std::array<std::byte, 2 * kBlock> padding = {std::byte{0x80}};
  const size_t held = size_ % kBlock;
  const size_t zeros_end = (held < 56 ? 56 : 120) - held;
  for (size_t i = 0; i < 8; ++i) {
    padding[zeros_end + i] = static_cast<std::byte>(bits >> (56 - 8 * i));
  }
  update(Bytes(padding).first(zeros_end + 8));
  Sha256Digest digest;
  for (size_t i = 0; i < digest.size(); ++i) {
    digest[i] = static_cast<uint8_t>(state_[i / 4] >> (24 - 8 * (i % 4)));
  }
  return digest;
}

Sha256Digest sha256(Bytes bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

std::optional<Sha256Digest> parse_sha256(std::string_view text) {
  Sha256Digest digest;
  if (!parse_hex(text, digest)) return std::nullopt;
  return digest;
}

}  // namespace hone
