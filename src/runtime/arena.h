// Where each value of a plan lies in one block of memory, for given sizes of the symbols.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/plan.h"
#include "runtime/bound_values.h"
#include "runtime/views.h"

namespace hone {

struct ArenaSlot {
  int64_t offset = -1;  // -1: not in the arena
  int64_t bytes = 0;
  int32_t first_group = 0;  // written in
  int32_t last_group = 0;   // last read in
  int32_t over = -1;        // the value whose place this one takes, as its maker's op allows
};

struct Arena {
  std::vector<ArenaSlot> slots;   // by value
  std::vector<ArenaSlot> blocks;  // what is placed: a value, or several that share bytes (views.h)
  int64_t bytes = 0;
};

// The greedy-by-size planner (arXiv:2001.03288, section 5.2): the largest values first, each at the
// lowest offset where it meets no value that lives at the same time. Lives are counted in groups,
// since the steps of a group run together; outputs live to the end. Values that share bytes are
// placed as one, which lives as long as any of them. A result takes the place of an operand that
// nobody else reads then or later, by whatever name, where its op allows it (OpDef::in_place).
// Where more than kMaxArenaPairs pairs live together (2,000 values at one time), values are placed
// in the order of their births instead, which needs no pairs: O(n log n), and a little more memory.
inline constexpr int64_t kMaxArenaPairs = int64_t{1} << 21;
// Values share bytes unless that costs more than a quarter of the arena.
inline constexpr int64_t kMostForViews = 4;
Arena plan_arena(const Plan& plan, const BoundValues& values);

// Whether any two blocks that live together overlap; the planner's own check.
bool overlaps(const Arena& arena);

}  // namespace hone
