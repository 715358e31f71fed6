// Paged state: what every state of a plan keeps for each (sequence, position), in pages shared out
// to sequences as they grow.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "backend/cpu/kv_layout.h"
#include "base/memory.h"
#include "engine/plan.h"

namespace hone {

struct StateLimits {
  int64_t positions = 4096;  // a sequence may hold
  int64_t sequences = 1;
};

class StateStore {
 public:
  // What all pages of all states take, once each was written.
  static double bytes_of(const Plan& plan, StateLimits limits);
  // Reserves address space for all pages of all states; memory is taken when a page is first
  // written.
  static Expected<StateStore> open(const Plan& plan, StateLimits limits);

  // Null where the value is not a state. Stays valid for the store's life.
  const KvView* view(int32_t value) const { return views_[static_cast<size_t>(value)].get(); }
  // Makes pages for positions [0, end) of a sequence; an error when they run out.
  Status grow(int64_t sequence, int64_t end);
  // Gives back the pages behind position `end`.
  void shrink(int64_t sequence, int64_t end);
  // An error if two rows of a run stand at one position of one sequence, since both would be
  // written to one place. Rows where nothing was grown are left to the steps' own checks. O(rows),
  // allocates nothing.
  Status check_distinct(std::span<const int32_t> positions, std::span<const int32_t> sequences);
  const StateLimits& limits() const { return limits_; }
  int64_t bytes_a_position() const { return bytes_a_position_; }
  // Of all pages; those that nothing was written to take no memory.
  uint64_t reserved_bytes() const;

 private:
  StateStore() = default;

  // -1: no page.
  int32_t page_of(int64_t position, int64_t sequence) const;

  StateLimits limits_;
  int64_t table_stride_ = 0;
  int64_t bytes_a_position_ = 0;
  std::vector<std::unique_ptr<KvView>> views_;  // by value; null where it is not a state
  std::vector<int32_t> tables_;                 // [sequence][table_stride], -1: no page
  std::vector<uint64_t> taken_;                 // a bit a position by page; clear between calls
  std::vector<int32_t> free_pages_;
  std::vector<int64_t> page_counts_;  // by sequence
  std::vector<MemoryBlock> pages_;    // one block a state
};

}  // namespace hone
