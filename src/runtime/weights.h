// Weights: where their bytes are, and in which layout; packed into the layouts a plan asks for.
#pragma once

#include <map>
#include <memory>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "backend/cpu/packed_weights.h"
#include "base/bytes.h"
#include "base/memory.h"
#include "base/thread_pool.h"
#include "engine/plan.h"
#include "engine/weight_map.h"

namespace hone {

// Copies of stored weights in the layouts that plans ask for: one a weight and layout, however many
// values of however many plans are that weight.
class WeightCopies {
 public:
  // By where the source lies, the layout (empty: as it is) and the bytes of the copy.
  using Key = std::tuple<const std::byte*, std::string_view, size_t>;

  // Where the copy is, or will be; empty if there is none yet.
  Bytes& slot(const Key& key) { return copies_[key]; }
  void keep(MemoryBlock block) {
    bytes_ += block.size();
    blocks_.push_back(std::move(block));
  }
  uint64_t bytes() const { return bytes_; }
  // Whether this is the address of a copy, or in one.
  bool holds(const std::byte* data) const;

 private:
  std::map<Key, Bytes> copies_;
  std::vector<MemoryBlock> blocks_;
  uint64_t bytes_ = 0;
};

// The weights of a plan, each in its layout: a view of the source, or packed into memory of its
// own.
class LoadedWeights {
 public:
  // Packs what must be packed, tensor by tensor on all threads, and lets the source go at once, so
  // that a weight is never twice in memory.
  // `copies` are shared by those plans that were given the same.
  static Expected<LoadedWeights> load(const Plan& plan, const WeightMap& map, ThreadPool& pool,
                                      std::shared_ptr<WeightCopies> copies = nullptr);

  // By plan value; empty where the value is not a weight.
  Bytes bytes(int32_t value) const { return views_[static_cast<size_t>(value)]; }
  const WeightCopies& copies() const { return *copies_; }
  // Of weights that are read where the model has them, and were not let go when kernels packed
  // them.
  uint64_t mapped_bytes(const PackedWeights& packed) const;

 private:
  std::vector<Bytes> views_;
  std::shared_ptr<WeightCopies> copies_;
};

}  // namespace hone
