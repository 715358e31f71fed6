// Which values of a plan stand in one stretch of memory, since the bytes of one are a stretch of
// the other's (OpDef::views): the parts of a concat where the whole has them, those of a split
// where they are anyway. Steps between such values have nothing to copy.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/plan.h"
#include "runtime/bound_values.h"

namespace hone {

inline constexpr int64_t kArenaAlign = 64;
inline int64_t arena_aligned(int64_t bytes) {
  return (bytes + kArenaAlign - 1) / kArenaAlign * kArenaAlign;
}

struct ViewBlock {
  int64_t bytes = 0;
  std::vector<int32_t> values;
};

struct Views {
  std::vector<ViewBlock> blocks;  // each of two values or more
  std::vector<int32_t> block;     // by plan value; -1: it stands alone
  std::vector<int64_t> at;        // by plan value: its first byte in its block, aligned
};

// Of the values that steps make when run. Each byte of a block is written by one step alone (but
// for results that take an operand's place, of which this knows nothing), and values overlap only
// where they have the same contents; so whoever is alive may be read. A part that cannot stand in
// its whole stays apart and is copied: an input, one that is there already, one that would not be
// aligned. Where two wholes want the same part at places that differ, the first gets it.
Views join_views(const Plan& plan, const BoundValues& values);

}  // namespace hone
