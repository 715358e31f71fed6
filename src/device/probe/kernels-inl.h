// The probe's kernels for one instruction set.
#include "device/probe/kernels.h"

namespace hone::HONE_ISA {
namespace {

constexpr int8_t kOnes[4] = {1, 1, 1, 1};

inline float depends_on(const B& vector) {
  return sum(to_float(dot_u(splat(0), low4(vector), kOnes)));
}

float probe_read(const uint8_t* data, int64_t vectors) {
  B seen[kProbeVectorsAtOnce];
  for (int k = 0; k < kProbeVectorsAtOnce; ++k) seen[k] = load_b(data + kProbeVector * k);
  for (int64_t i = kProbeVectorsAtOnce; i < vectors; i += kProbeVectorsAtOnce) {
    for (int k = 0; k < kProbeVectorsAtOnce; ++k) {
      seen[k] = either(seen[k], load_b(data + kProbeVector * (i + k)));
    }
  }
  for (int k = 1; k < kProbeVectorsAtOnce; ++k) seen[0] = either(seen[0], seen[k]);
  return depends_on(seen[0]);
}

// One vector of codes meets several rows, as in a matrix product: enough chains of sums to hide the
// instruction's latency, and one load from L1 for all of them.
constexpr int kChains = kRowsAtOnce < 8 ? kRowsAtOnce : 8;
constexpr int64_t kProbeVectors = 32;

float probe_dot(int64_t rounds) {
  uint8_t codes[kProbeVectors * kProbeVector];
  int8_t rows[4 * kChains];
  for (int i = 0; i < kProbeVectors * kProbeVector; ++i) codes[i] = static_cast<uint8_t>(i % 16);
  for (int i = 0; i < 4 * kChains; ++i) rows[i] = static_cast<int8_t>(i - kChains);
  I sums[kChains];
  for (int k = 0; k < kChains; ++k) sums[k] = splat(0);
  for (int64_t round = 0; round < rounds; ++round) {
    for (int64_t i = 0; i < kProbeVectors; ++i) {
      const B code = load_b(codes + kProbeVector * i);
      for (int k = 0; k < kChains; ++k) sums[k] = dot_u(sums[k], code, rows + 4 * k);
    }
  }
  for (int k = 1; k < kChains; ++k) sums[0] = add(sums[0], sums[k]);
  return sum(to_float(sums[0]));
}

float probe_fma(int64_t rounds, float factor) {
  const F a = set(factor);
  F sums[kChains];
  for (int k = 0; k < kChains; ++k) sums[k] = set(0.0f);
  for (int64_t i = 0; i < rounds * kProbeVectors; ++i) {
    for (int k = 0; k < kChains; ++k) sums[k] = fma(a, a, sums[k]);
  }
  for (int k = 1; k < kChains; ++k) sums[0] = add(sums[0], sums[k]);
  return sum(sums[0]);
}

}  // namespace

extern const ProbeFns probe_fns;
const ProbeFns probe_fns = {probe_read, probe_dot, 2 * kProbeVector * kProbeVectors * kChains,
                            probe_fma, 2 * 16 * kProbeVectors* kChains};

}  // namespace hone::HONE_ISA
