#include "runtime/arena.h"

#include <algorithm>
#include <map>
#include <numeric>
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
      slots[static_cast<size_t>(result)] = {-1, arena_aligned(bytes), step.group, step.group};
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

// How many steps read a value in the last group that reads it.
std::vector<int> count_last_readers(const Plan& plan, std::span<const ArenaSlot> slots) {
  std::vector<int> readers(slots.size(), 0);
  for (const PlanStep& step : plan.steps) {
    if (step.kind != PlanStep::Kind::run) continue;
    std::set<int32_t> roots;
    for (const int32_t operand : step.operands) {
      if (operand >= 0) roots.insert(plan.root(operand));
    }
    for (const int32_t root : roots) {
      const auto i = static_cast<size_t>(root);
      if (slots[i].last_group == step.group) ++readers[i];
    }
  }
  return readers;
}

// The value whose place the step's first result may take, or -1.
class InPlace {
 public:
  // `slots`: the lives of the values alone, without those that took their places.
  InPlace(const Plan& plan, const BoundValues& values, std::span<const ArenaSlot> slots)
      : plan_(plan), values_(values), slots_(slots), readers_(count_last_readers(plan, slots)) {}

  int32_t find(const PlanStep& step) const {
    if (step.kind != PlanStep::Kind::run || step.results.size() != 1) return -1;
    if (slots_[static_cast<size_t>(step.results[0])].bytes == 0) return -1;
    for (size_t i = 0; i < step.operands.size() && i < 32; ++i) {
      if ((step.op->in_place >> i & 1) == 0 || step.operands[i] < 0) continue;
      const int32_t root = plan_.root(step.operands[i]);
      if (fits(step, root) && !is_read_otherwise(step, root)) return root;
    }
    return -1;
  }

 private:
  int64_t bytes(int32_t value) const {
    const BoundType& type = values_.types[static_cast<size_t>(value)];
    return size_bytes(type.dtype, type.dims);
  }
  bool fits(const PlanStep& step, int32_t root) const {
    const auto i = static_cast<size_t>(root);
    return slots_[i].bytes > 0 && slots_[i].last_group == step.group && readers_[i] == 1 &&
           values_.types[i].dtype == values_.types[static_cast<size_t>(step.results[0])].dtype &&
           bytes(root) == bytes(step.results[0]);
  }
  // Through an operand that must stay whole, or under another shape.
  bool is_read_otherwise(const PlanStep& step, int32_t root) const {
    for (size_t i = 0; i < step.operands.size(); ++i) {
      if (step.operands[i] < 0 || plan_.root(step.operands[i]) != root) continue;
      if (i >= 32 || (step.op->in_place >> i & 1) == 0) return true;
      if (bytes(step.operands[i]) != bytes(root)) return true;
    }
    return false;
  }

  const Plan& plan_;
  const BoundValues& values_;
  std::span<const ArenaSlot> slots_;
  std::vector<int> readers_;
};

// Values of a block that are asked one by one whether they still live; of more, all are taken to.
constexpr size_t kMostAsked = 1000;

// Whether a value that shares bytes with this one, or what took its place, lives in that group or
// later.
bool is_shared_after(int32_t value, int32_t group, const Views& views,
                     std::span<const ArenaSlot> slots) {
  const auto v = static_cast<size_t>(value);
  if (views.block[v] < 0) return false;
  const ViewBlock& block = views.blocks[static_cast<size_t>(views.block[v])];
  if (block.values.size() > kMostAsked) return true;
  return std::ranges::any_of(block.values, [&](int32_t other) {
    const auto o = static_cast<size_t>(other);
    return other != value && slots[o].last_group >= group &&
           views.at[o] < views.at[v] + slots[v].bytes && views.at[v] < views.at[o] + slots[o].bytes;
  });
}

// Results that take an operand's place: the first value of such a chain lives as long as its last.
// A result that shares bytes itself stands where those are.
void share_in_place(const Plan& plan, const BoundValues& values, const Views& views,
                    std::vector<ArenaSlot>& slots) {
  const std::vector<ArenaSlot> lives = slots;
  const InPlace in_place(plan, values, lives);
  for (const PlanStep& step : plan.steps) {
    const int32_t operand = in_place.find(step);
    if (operand < 0 || views.block[static_cast<size_t>(step.results[0])] >= 0) continue;
    const int32_t before = slots[static_cast<size_t>(operand)].over;
    const int32_t place = before >= 0 ? before : operand;
    if (is_shared_after(place, step.group, views, slots)) continue;
    ArenaSlot& slot = slots[static_cast<size_t>(step.results[0])];
    slot.over = place;
    ArenaSlot& first = slots[static_cast<size_t>(place)];
    first.last_group = std::max(first.last_group, slot.last_group);
  }
}

// The blocks of values that share bytes, then each other value that has a place of its own.
std::vector<ArenaSlot> blocks_of(std::span<const ArenaSlot> slots, const Views& views) {
  std::vector<ArenaSlot> blocks;
  for (const ViewBlock& view : views.blocks) {
    ArenaSlot& block = blocks.emplace_back(-1, arena_aligned(view.bytes), INT32_MAX, 0);
    for (const int32_t value : view.values) {
      const ArenaSlot& slot = slots[static_cast<size_t>(value)];
      block.first_group = std::min(block.first_group, slot.first_group);
      block.last_group = std::max(block.last_group, slot.last_group);
    }
  }
  for (size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].bytes > 0 && slots[i].over < 0 && views.block[i] < 0) blocks.push_back(slots[i]);
  }
  return blocks;
}

// Where the placed blocks have the values.
void place_values(const Arena& arena, const Views& views, std::span<ArenaSlot> slots) {
  size_t alone = views.blocks.size();
  for (size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].bytes == 0 || slots[i].over >= 0) continue;
    const int32_t block = views.block[i];
    slots[i].offset = block < 0 ? arena.blocks[alone++].offset
                                : arena.blocks[static_cast<size_t>(block)].offset + views.at[i];
  }
  for (ArenaSlot& slot : slots) {
    if (slot.over >= 0) slot.offset = slots[static_cast<size_t>(slot.over)].offset;
  }
}

// Blocks in the order in which they begin to live.
std::vector<size_t> by_birth(std::span<const ArenaSlot> slots) {
  std::vector<size_t> order(slots.size());
  std::iota(order.begin(), order.end(), size_t{0});
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

Arena place(const Plan& plan, const BoundValues& values, const Views& views) {
  Arena arena{measure(plan, values), {}, 0};
  share_in_place(plan, values, views, arena.slots);
  arena.blocks = blocks_of(arena.slots, views);
  const std::vector<size_t> births = by_birth(arena.blocks);
  if (count_pairs(arena.blocks, births) <= kMaxArenaPairs) {
    place_by_size(arena.blocks, births);
  } else {
    place_by_birth(arena.blocks, births);
  }
  place_values(arena, views, arena.slots);
  for (const ArenaSlot& block : arena.blocks) {
    arena.bytes = std::max(arena.bytes, block.offset + block.bytes);
  }
  return arena;
}

Views without_views(const Plan& plan) {
  return {.blocks = {},
          .block = std::vector<int32_t>(plan.values.size(), -1),
          .at = std::vector<int64_t>(plan.values.size(), 0)};
}

}  // namespace

// A block is kept from its first part's birth to its last one's end: early parts of a late whole
// may cost more memory than copying them costs time.
Arena plan_arena(const Plan& plan, const BoundValues& values) {
  const Views views = join_views(plan, values);
  Arena arena = place(plan, values, views);
  if (!views.blocks.empty()) {
    Arena apart = place(plan, values, without_views(plan));
    if (arena.bytes - apart.bytes > apart.bytes / kMostForViews) arena = std::move(apart);
  }
  HONE_CHECK(!overlaps(arena));
  return arena;
}

// Those alive at a time never overlap each other, so a new one is compared with its neighbors only.
bool overlaps(const Arena& arena) {
  std::map<int64_t, int64_t> alive;  // offset to end
  using End = std::pair<int32_t, int64_t>;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends;  // group, offset
  for (const size_t i : by_birth(arena.blocks)) {
    const ArenaSlot& slot = arena.blocks[i];
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

}  // namespace hone
