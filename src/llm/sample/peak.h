// One pass over the logits: the best one, and whether all are numbers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>

namespace hone {

struct Peak {
  size_t index = 0;  // the lowest of the best
  float logit = -std::numeric_limits<float>::infinity();
  bool valid = true;  // no NaN and no plus infinity
};

// The maximum of a block and whether all of it is below plus infinity.
struct BlockPeak {
  float logit;
  bool valid;
};

// In lanes, for a compiler may not reorder a float maximum by itself: four times as fast.
inline BlockPeak block_peak(const float* logits, size_t size) {
  constexpr size_t kLanes = 4;
  constexpr size_t kVectors = 4;  // independent, to hide the latency of a maximum
  using Lanes [[gnu::vector_size(kLanes * sizeof(float))]] = float;
  using Mask [[gnu::vector_size(kLanes * sizeof(int32_t))]] = int32_t;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  Lanes best[kVectors];
  Mask good[kVectors];
  for (size_t v = 0; v < kVectors; ++v) {
    best[v] = Lanes{} - kInfinity;
    good[v] = ~Mask{};
  }
  size_t i = 0;
  for (; i + kLanes * kVectors <= size; i += kLanes * kVectors) {
    for (size_t v = 0; v < kVectors; ++v) {
      Lanes lanes;
      std::memcpy(&lanes, logits + i + v * kLanes, sizeof lanes);
      best[v] = lanes > best[v] ? lanes : best[v];
      good[v] &= lanes < Lanes{} + kInfinity;  // NaN compares false
    }
  }
  BlockPeak peak{-kInfinity, true};
  const auto take = [&](float logit, bool valid) {
    peak.logit = logit > peak.logit ? logit : peak.logit;
    peak.valid = peak.valid && valid;
  };
  for (size_t v = 0; v < kVectors; ++v) {
    for (size_t lane = 0; lane < kLanes; ++lane) take(best[v][lane], good[v][lane] != 0);
  }
  for (; i < size; ++i) take(logits[i], logits[i] < kInfinity);
  return peak;
}

inline Peak find_peak(std::span<const float> logits) {
  constexpr size_t kBlock = 4096;
  Peak peak;
  size_t best_block = 0;
  for (size_t start = 0; start < logits.size(); start += kBlock) {
    const size_t size = std::min(kBlock, logits.size() - start);
    const BlockPeak block = block_peak(logits.data() + start, size);
    peak.valid = peak.valid && block.valid;
    if (block.logit > peak.logit) {
      peak.logit = block.logit;
      best_block = start;
    }
  }
  for (peak.index = best_block; peak.index < logits.size(); ++peak.index) {
    if (logits[peak.index] == peak.logit) break;
  }
  return peak;
}

}  // namespace hone
