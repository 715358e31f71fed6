#include "runtime/arena.h"

#include <algorithm>
#include <map>
#include <queue>
#include <set>

#include "tensor/view.h"

namespace hone {
namespace {

// Fills sizes and lives; offsets stay -1.
std::vector<ArenaSlot> measure(const Plan& plan, const BoundValues& values) {
  std::vector<ArenaSlot> slots(plan.values.size());
  for (const PlanStep& step : plan.steps) {
    if (step.kind != PlanStep::Kind::run) continue;
    for (const int32_t result : step.results) {
      const auto index = static_cast<size_t>(result);
      if (plan.values[index].storage != Storage::arena) continue;
      const BoundType& type = values.types[index];
      const int64_t bytes = std::max<int64_t>(1, size_bytes(type.dtype, type.dims));
      slots[static_cast<size_t>(result)] = {
          -1, (bytes + kArenaAlign - 1) / kArenaAlign * kArenaAlign, step.group, step.group};
    }
  }
  for (const PlanStep& step : plan.steps) {
    if (step.kind != PlanStep::Kind::run) continue;
    for (const int32_t operand : step.operands) {
      if (operand < 0) continue;
      ArenaSlot& slot = slots[static_cast<size_t>(plan.root(operand))];
      slot.last_group = std::max(slot.last_group, step.group);
    }
  }
  for (const int32_t output : plan.outputs) {
    slots[static_cast<size_t>(plan.root(output))].last_group = INT32_MAX;
  }
  return slots;
}

// The values in the order in which they begin to live.
std::vector<size_t> by_birth(std::span<const ArenaSlot> slots) {
  std::vector<size_t> order;
  for (size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].bytes > 0) order.push_back(i);
  }
  std::ranges::stable_sort(order, {}, [&](size_t i) { return slots[i].first_group; });
  return order;
}

// How many pairs of values live together, counted by those alive when one is born.
int64_t count_pairs(std::span<const ArenaSlot> slots, std::span<const size_t> births) {
  std::priority_queue<int32_t, std::vector<int32_t>, std::greater<>> ends;
  int64_t pairs = 0;
  for (const size_t i : births) {
    while (!ends.empty() && ends.top() < slots[i].first_group) ends.pop();
    pairs += static_cast<int64_t>(ends.size());
    ends.push(slots[i].last_group);
  }
  return pairs;
}

// For each value those that live together with it; as long as count_pairs says.
std::vector<std::vector<uint32_t>> find_pairs(std::span<const ArenaSlot> slots,
                                              std::span<const size_t> births) {
  std::vector<std::vector<uint32_t>> pairs(slots.size());
  std::vector<size_t> alive;
  for (const size_t i : births) {
    std::erase_if(alive, [&](size_t j) { return slots[j].last_group < slots[i].first_group; });
    for (const size_t j : alive) {
      pairs[i].push_back(static_cast<uint32_t>(j));
      pairs[j].push_back(static_cast<uint32_t>(i));
    }
    alive.push_back(i);
  }
  return pairs;
}

// The largest first, each at the lowest offset that is free of those it lives with.
void place_by_size(std::span<ArenaSlot> slots, std::span<const size_t> births) {
  const std::vector<std::vector<uint32_t>> pairs = find_pairs(slots, births);
  std::vector<size_t> order(births.begin(), births.end());
  std::ranges::sort(order);
  std::ranges::stable_sort(order, std::greater{}, [&](size_t i) { return slots[i].bytes; });
  std::vector<const ArenaSlot*> others;  // by offset
  for (const size_t i : order) {
    others.clear();
    for (const uint32_t j : pairs[i]) {
      if (slots[j].offset >= 0) others.push_back(&slots[j]);
    }
    std::ranges::sort(others, {}, &ArenaSlot::offset);
    int64_t offset = 0;
    for (const ArenaSlot* other : others) {
      if (offset + slots[i].bytes <= other->offset) break;
      offset = std::max(offset, other->offset + other->bytes);
    }
    slots[i].offset = offset;
  }
}

// Free ranges by offset and by size; the last one has no end.
class FreeRanges {
 public:
  FreeRanges() { add(0, INT64_MAX); }

  // From the smallest range that is large enough.
  int64_t take(int64_t bytes) {
    const auto [size, offset] = *by_size_.lower_bound({bytes, 0});
    remove(offset, size);
    if (size > bytes) add(offset + bytes, size - bytes);
    return offset;
  }
  void give(int64_t offset, int64_t bytes) {
    const auto next = by_offset_.lower_bound(offset);
    if (next != by_offset_.end() && next->first == offset + bytes) {
      bytes += next->second;
      remove(next->first, next->second);
    }
    const auto after = by_offset_.lower_bound(offset);
    if (after != by_offset_.begin() &&
        std::prev(after)->first + std::prev(after)->second == offset) {
      const auto [first, size] = *std::prev(after);
      remove(first, size);
      offset = first;
      bytes += size;
    }
    add(offset, bytes);
  }

 private:
  void add(int64_t offset, int64_t bytes) {
    by_offset_[offset] = bytes;
    by_size_.insert({bytes, offset});
  }
  void remove(int64_t offset, int64_t bytes) {
    by_offset_.erase(offset);
    by_size_.erase({bytes, offset});
  }

  std::map<int64_t, int64_t> by_offset_;
  std::set<std::pair<int64_t, int64_t>> by_size_;
};

// As an allocator would, in the order of births: O(n log n) however many live together.
void place_by_birth(std::span<ArenaSlot> slots, std::span<const size_t> births) {
  FreeRanges free;
  using End = std::pair<int32_t, size_t>;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends;
  for (const size_t i : births) {
    while (!ends.empty() && ends.top().first < slots[i].first_group) {
      const ArenaSlot& dead = slots[ends.top().second];
      free.give(dead.offset, dead.bytes);
      ends.pop();
    }
    slots[i].offset = free.take(slots[i].bytes);
    ends.push({slots[i].last_group, i});
  }
}

}  // namespace

Arena plan_arena(const Plan& plan, const BoundValues& values) {
  Arena arena{measure(plan, values), 0};
  const std::vector<size_t> births = by_birth(arena.slots);
  if (count_pairs(arena.slots, births) <= kMaxArenaPairs) {
    place_by_size(arena.slots, births);
  } else {
    place_by_birth(arena.slots, births);
  }
  for (const ArenaSlot& slot : arena.slots) {
    arena.bytes = std::max(arena.bytes, slot.offset + slot.bytes);
  }
  HONE_CHECK(!overlaps(arena));
  return arena;
}

// Those alive at a time never overlap each other, so a new one is compared with its neighbors only.
bool overlaps(const Arena& arena) {
  std::map<int64_t, int64_t> alive;  // offset to end
  using End = std::pair<int32_t, int64_t>;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends;  // group, offset
  for (const size_t i : by_birth(arena.slots)) {
    const ArenaSlot& slot = arena.slots[i];
    for (; !ends.empty() && ends.top().first < slot.first_group; ends.pop()) {
      alive.erase(ends.top().second);
    }
    const auto next = alive.lower_bound(slot.offset);
    if (next != alive.end() && next->first < slot.offset + slot.bytes) return true;
    if (next != alive.begin() && std::prev(next)->second > slot.offset) return true;
    alive[slot.offset] = slot.offset + slot.bytes;
    ends.push({slot.last_group, slot.offset});
  }
  return false;
}

std::string to_text(const Plan& plan, const Arena& arena) {
  constexpr int32_t kWidth = 60;
  int32_t groups = 1;
  for (const PlanStep& step : plan.steps) groups = std::max(groups, step.group + 1);
  std::string out = cat("arena of ", arena.bytes, " bytes, ", groups, " groups\n");
  for (size_t i = 0; i < arena.slots.size(); ++i) {
    const ArenaSlot& slot = arena.slots[i];
    if (slot.offset < 0) continue;
    const int32_t last = std::min(slot.last_group, groups - 1);
    std::string bar(kWidth, '.');
    for (int32_t c = slot.first_group * kWidth / groups; c <= last * kWidth / groups; ++c) {
      bar[static_cast<size_t>(c)] = '#';
    }
    out += cat(bar, " ", slot.offset, " +", slot.bytes, " ", plan.values[i].name, "\n");
  }
  return out;
}

}  // namespace hone
