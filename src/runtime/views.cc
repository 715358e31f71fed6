#include "runtime/views.h"

#include <algorithm>
#include <map>

#include "tensor/view.h"

namespace hone {
namespace {

// Values at fixed distances from each other. What they cover has no gaps, since each lies within
// another.
struct Island {
  int64_t first = 0, end = 0;
  std::vector<int32_t> values;
};

class Joiner {
 public:
  Joiner(const Plan& plan, const BoundValues& values)
      : plan_(plan),
        values_(values),
        bytes_(plan.values.size(), 0),
        island_(plan.values.size(), -1),
        at_(plan.values.size(), 0) {
    for (const PlanStep& step : plan.steps) {
      if (step.kind != PlanStep::Kind::run) continue;
      for (const int32_t result : step.results) {
        const auto i = static_cast<size_t>(result);
        if (plan.values[i].storage != Storage::arena) continue;
        bytes_[i] = size_bytes(values.types[i].dtype, values.types[i].dims);
      }
    }
  }

  void take(const PlanStep& step) {
    if (step.op->views == nullptr || step.kind != PlanStep::Kind::run) return;
    const int32_t y = step.results[0];
    if (bytes(y) == 0) return;
    std::vector<Part> parts;
    for (const ByteView& view : views_of(step)) {
      const int32_t x = plan_.root(step.operands[view.operand]);
      if (bytes(x) == 0 || view.behind % kArenaAlign != 0) continue;
      if (view.behind >= 0 && view.behind + bytes(y) <= bytes(x)) return add(y, x, view.behind);
      parts.push_back({x, -view.behind});
    }
    join(y, parts);
  }

  Views finish() && {
    Views views{.blocks = {}, .block = std::vector<int32_t>(bytes_.size(), -1), .at = at_};
    for (const Island& island : islands_) {
      if (island.values.size() < 2) continue;
      for (const int32_t value : island.values) {
        const auto i = static_cast<size_t>(value);
        views.block[i] = static_cast<int32_t>(views.blocks.size());
        views.at[i] -= island.first;
      }
      views.blocks.push_back({island.end - island.first, island.values});
    }
    return views;
  }

 private:
  struct Part {
    int32_t value;
    int64_t at;  // in the whole
  };

  // 0: no value that could share its memory.
  int64_t bytes(int32_t value) const { return bytes_[static_cast<size_t>(value)]; }
  int64_t& at(int32_t value) { return at_[static_cast<size_t>(value)]; }
  int32_t island_of(int32_t value) {
    int32_t& index = island_[static_cast<size_t>(value)];
    if (index < 0) {
      index = static_cast<int32_t>(islands_.size());
      islands_.push_back({0, bytes(value), {value}});
    }
    return index;
  }
  Island& island(int32_t index) { return islands_[static_cast<size_t>(index)]; }

  std::vector<ByteView> views_of(const PlanStep& step) const {
    const auto type_of = [&](int32_t value) -> OperandType {
      const BoundType& bound = values_.types[static_cast<size_t>(value)];
      return {{bound.dtype, bound.dims.shape()}, values_.known_view(value)};
    };
    std::vector<OperandType> types(step.operands.size());
    std::vector<const OperandType*> operands(step.operands.size(), nullptr);
    for (size_t i = 0; i < types.size(); ++i) {
      if (step.operands[i] < 0) continue;
      types[i] = type_of(step.operands[i]);
      operands[i] = &types[i];
    }
    return step.op->views(step.attrs, operands, type_of(step.results[0]));
  }

  // y is new, and the bytes that it covers have their contents by x's maker.
  void add(int32_t y, int32_t x, int64_t behind) {
    const int32_t index = island_of(x);
    island_[static_cast<size_t>(y)] = index;
    at(y) = at(x) + behind;
    island(index).values.push_back(y);
  }

  // Makes y an island with those of its parts whose islands meet it nowhere but in parts that are
  // theirs, at the places where y has them.
  void join(int32_t y, const std::vector<Part>& parts) {
    std::map<std::pair<int32_t, int64_t>, int64_t> common;  // bytes by island and its shift
    for (const Part& part : parts) {
      const int32_t index = island_of(part.value);
      common[{index, part.at - at(part.value)}] += bytes(part.value);
    }
    for (const Part& part : parts) {
      const int32_t theirs = island_of(part.value), ours = island_of(y);
      if (theirs == ours) continue;
      const Island& from = island(theirs);
      const Island& to = island(ours);
      // Under the shifts that are known y stands at 0; by now its island may count otherwise.
      const int64_t shift = part.at - at(part.value);
      const int64_t first = std::max(from.first + shift, to.first - at(y));
      const int64_t end = std::min(from.end + shift, to.end - at(y));
      if (end - first == common[{theirs, shift}]) merge(ours, theirs, shift + at(y));
    }
  }

  // What stands at p of `from` then stands at p + shift of `to`; or the other way around.
  void merge(int32_t to, int32_t from, int64_t shift) {
    if (island(to).values.size() < island(from).values.size()) {
      std::swap(to, from);
      shift = -shift;
    }
    Island& stays = island(to);
    Island& goes = island(from);
    for (const int32_t value : goes.values) {
      island_[static_cast<size_t>(value)] = to;
      at(value) += shift;
      stays.values.push_back(value);
    }
    stays.first = std::min(stays.first, goes.first + shift);
    stays.end = std::max(stays.end, goes.end + shift);
    goes = {};
  }

  const Plan& plan_;
  const BoundValues& values_;
  std::vector<int64_t> bytes_;   // by value
  std::vector<int32_t> island_;  // by value; -1: none yet
  std::vector<int64_t> at_;      // by value: in its island
  std::vector<Island> islands_;
};

}  // namespace

Views join_views(const Plan& plan, const BoundValues& values) {
  Joiner joiner(plan, values);
  for (const PlanStep& step : plan.steps) joiner.take(step);
  return std::move(joiner).finish();
}

}  // namespace hone
