// Weights: where their bytes are, and in which layout; packed into the layouts a plan asks for.
#pragma once

#include <vector>

#include "backend/cpu/packed_weights.h"
#include "base/bytes.h"
#include "base/memory.h"
#include "base/thread_pool.h"
#include "engine/plan.h"
#include "engine/weight_map.h"

namespace hone {

// The weights of a plan, each in its layout: a view of the source, or packed into memory of its
// own.
class LoadedWeights {
 public:
  // Packs what must be packed, tensor by tensor on all threads, and lets the source go at once, so
  // that a weight is never twice in memory.
  static Expected<LoadedWeights> load(const Plan& plan, const WeightMap& map, ThreadPool& pool);

  // By plan value; empty where the value is not a weight.
  Bytes bytes(int32_t value) const { return views_[static_cast<size_t>(value)]; }
  uint64_t packed_bytes() const { return packed_.size(); }
  // Of weights that are read where the model has them, and were not let go when kernels packed
  // them.
  uint64_t mapped_bytes(const PackedWeights& packed) const;

 private:
  std::vector<Bytes> views_;
  MemoryBlock packed_;
};

}  // namespace hone
