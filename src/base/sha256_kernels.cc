// SHA-256 with the processor's own instructions, four rounds a step. The message schedule keeps the
// last 16 words in four vectors; step i makes words 4i..4i+3 from them.
#include "base/sha256_kernels.h"

#include "base/sha256.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <arm_neon.h>
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace hone {
namespace {

#if defined(__x86_64__)

bool has_sha_instructions() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned kShaBit = 1u << 29;  // leaf 7, EBX
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & kShaBit) != 0 &&
         __builtin_cpu_supports("sse4.1") != 0;
}

// The instructions want the state as the vectors ABEF and CDGH (highest word first).
__attribute__((target("sha,sse4.1"))) void sha256_native(uint32_t* state, const std::byte* data,
                                                         size_t blocks) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  auto* words = reinterpret_cast<__m128i*>(state);
  const __m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128(words), 0xb1);
  const __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128(words + 1), 0x1b);
  __m128i abef = _mm_alignr_epi8(cdab, efgh, 8);
  __m128i cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
  for (; blocks > 0; --blocks, data += 64) {
    const __m128i abef_before = abef;
    const __m128i cdgh_before = cdgh;
    __m128i w[4];
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) {
      if (i < 4) {
        const auto* block = reinterpret_cast<const __m128i*>(data);
        w[i] = _mm_shuffle_epi8(_mm_loadu_si128(block + i), swap);
      } else {
        const __m128i last = w[(i + 3) % 4];
        const __m128i middle = _mm_alignr_epi8(last, w[(i + 2) % 4], 4);
        const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w[i % 4], w[(i + 1) % 4]), middle);
        w[i % 4] = _mm_sha256msg2_epu32(sum, last);
      }
      const auto* rounds = reinterpret_cast<const __m128i*>(kSha256Rounds);
      const __m128i keyed = _mm_add_epi32(w[i % 4], _mm_load_si128(rounds + i));
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, keyed);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(keyed, 0x0e));
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }
  const __m128i feba = _mm_shuffle_epi32(abef, 0x1b);
  const __m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);
  _mm_storeu_si128(words, _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128(words + 1, _mm_alignr_epi8(dchg, feba, 8));
}

#elif defined(__aarch64__) && defined(__linux__)

bool has_sha_instructions() { return (getauxval(AT_HWCAP) & HWCAP_SHA2) != 0; }

__attribute__((target("+crypto"))) void sha256_native(uint32_t* state, const std::byte* data,
                                                      size_t blocks) {
  uint32x4_t abcd = vld1q_u32(state);
  uint32x4_t efgh = vld1q_u32(state + 4);
  for (; blocks > 0; --blocks, data += 64) {
    const uint32x4_t abcd_before = abcd;
    const uint32x4_t efgh_before = efgh;
    uint32x4_t w[4];
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) {
      if (i < 4) {
        const auto* block = reinterpret_cast<const uint8_t*>(data) + 16 * i;
        w[i] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(block)));
      } else {
        const uint32x4_t half = vsha256su0q_u32(w[i % 4], w[(i + 1) % 4]);
        w[i % 4] = vsha256su1q_u32(half, w[(i + 2) % 4], w[(i + 3) % 4]);
      }
      const uint32x4_t keyed = vaddq_u32(w[i % 4], vld1q_u32(kSha256Rounds + 4 * i));
      const uint32x4_t before = abcd;
      abcd = vsha256hq_u32(abcd, efgh, keyed);
      efgh = vsha256h2q_u32(efgh, before, keyed);
    }
    abcd = vaddq_u32(abcd, abcd_before);
    efgh = vaddq_u32(efgh, efgh_before);
  }
  vst1q_u32(state, abcd);
  vst1q_u32(state + 4, efgh);
}

#else

bool has_sha_instructions() { return false; }
constexpr Sha256Kernel sha256_native = sha256_generic;

#endif

}  // namespace

Sha256Kernel sha256_kernel() { return has_sha_instructions() ? sha256_native : sha256_generic; }

}  // namespace hone
