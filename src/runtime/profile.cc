#include "runtime/profile.h"

#include <algorithm>
#include <deque>

namespace hone {
namespace {

constexpr size_t kMaxSpans = 200000;  // of a profile; a trace of more is too long to look at

bool is_code(DType dtype) {
  return dtype == DType::q8_a || dtype == DType::i8 || dtype == DType::u8;
}

// A state's type with the positions that are seen in front.
BoundType seen(const BoundType& record, int64_t positions) {
  std::vector<int64_t> sizes{positions};
  for (const int64_t size : record.dims.sizes()) sizes.push_back(size);
  return {record.dtype, Dims(sizes)};
}

}  // namespace

void Profile::add(StepTime step) {
  if (spans_ + step.spans.size() > kMaxSpans) step.spans.clear();
  spans_ += step.spans.size();
  const auto [place, added] =
      places_.try_emplace(cat(step.op, '\n', step.name, '\n', step.text), steps.size());
  if (added) return steps.push_back(std::move(step));
  StepTime& sum = steps[place->second];
  sum.calls += step.calls;
  sum.us += step.us;
  sum.cost.flops += step.cost.flops;
  sum.cost.bytes += step.cost.bytes;
  sum.spans.insert(sum.spans.end(), step.spans.begin(), step.spans.end());
}

StepCost cost_of(const PlanStep& step, const Plan& plan, const BoundValues& values,
                 int64_t positions) {
  if (step.op->cost == nullptr) return {};
  std::deque<BoundType> types;
  const auto type_of = [&](int32_t value) -> const BoundType* {
    if (value < 0) return nullptr;
    const BoundType& type = values.types[static_cast<size_t>(value)];
    const PlanValue& root = plan.values[static_cast<size_t>(plan.root(value))];
    return &types.emplace_back(root.storage == Storage::state ? seen(type, positions) : type);
  };
  std::vector<const BoundType*> operands, results;
  for (const int32_t operand : step.operands) operands.push_back(type_of(operand));
  for (const int32_t result : step.results) results.push_back(type_of(result));
  operands.resize(std::max(operands.size(), step.op->operands.size()));
  const Cost cost = step.op->cost(step.attrs, operands, results);
  const bool on_codes = operands[0] != nullptr && is_code(operands[0]->dtype);
  return {cost.flops, cost.bytes, on_codes};
}

std::string weights_of(const PlanStep& step, const Plan& plan) {
  if (step.op->name != "matmul" && step.op->name != "gather") return {};
  for (const int32_t operand : step.operands) {
    if (operand < 0) continue;
    const PlanValue& root = plan.values[static_cast<size_t>(plan.root(operand))];
    if (root.storage == Storage::weight) return std::string(name_of(root.type.dtype));
  }
  return {};
}

}  // namespace hone
