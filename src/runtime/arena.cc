#include "runtime/arena.h"

#include <algorithm>

#include "tensor/view.h"

namespace hone {
namespace {

bool live_together(const ArenaSlot& a, const ArenaSlot& b) {
  return a.first_group <= b.last_group && b.first_group <= a.last_group;
}

// Fills sizes and lives; offsets stay -1.
std::vector<ArenaSlot> measure(const Plan& plan, std::span<const int64_t> symbol_values) {
  std::vector<ArenaSlot> slots(plan.values.size());
  for (const PlanStep& step : plan.steps) {
    for (const int32_t result : step.results) {
      const PlanValue& value = plan.values[static_cast<size_t>(result)];
      if (value.storage != Storage::arena) continue;
      const Dims dims(value.type.shape, symbol_values);
      const int64_t bytes = std::max<int64_t>(1, size_bytes(value.type.dtype, dims));
      slots[static_cast<size_t>(result)] = {
          -1, (bytes + kArenaAlign - 1) / kArenaAlign * kArenaAlign, step.group, step.group};
    }
  }
  for (const PlanStep& step : plan.steps) {
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

}  // namespace

Arena plan_arena(const Plan& plan, std::span<const int64_t> symbol_values) {
  Arena arena{measure(plan, symbol_values), 0};
  std::vector<size_t> order;
  for (size_t i = 0; i < arena.slots.size(); ++i) {
    if (arena.slots[i].bytes > 0) order.push_back(i);
  }
  std::ranges::stable_sort(order, std::greater{}, [&](size_t i) { return arena.slots[i].bytes; });
  std::vector<size_t> placed;  // by offset
  for (const size_t i : order) {
    ArenaSlot& slot = arena.slots[i];
    int64_t offset = 0;
    for (const size_t other_index : placed) {
      const ArenaSlot& other = arena.slots[other_index];
      if (!live_together(slot, other)) continue;
      if (offset + slot.bytes <= other.offset) break;
      offset = std::max(offset, other.offset + other.bytes);
    }
    slot.offset = offset;
    arena.bytes = std::max(arena.bytes, offset + slot.bytes);
    const auto at = std::ranges::upper_bound(placed, offset, {},
                                             [&](size_t j) { return arena.slots[j].offset; });
    placed.insert(at, i);
  }
  HONE_CHECK(!overlaps(arena));
  return arena;
}

bool overlaps(const Arena& arena) {
  std::vector<const ArenaSlot*> by_offset;
  for (const ArenaSlot& slot : arena.slots) {
    if (slot.offset >= 0) by_offset.push_back(&slot);
  }
  std::ranges::sort(by_offset, {}, &ArenaSlot::offset);
  for (size_t i = 0; i < by_offset.size(); ++i) {
    const int64_t end = by_offset[i]->offset + by_offset[i]->bytes;
    for (size_t j = i + 1; j < by_offset.size() && by_offset[j]->offset < end; ++j) {
      if (live_together(*by_offset[i], *by_offset[j])) return true;
    }
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
