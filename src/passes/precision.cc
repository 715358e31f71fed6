#include "passes/precision.h"

#include <algorithm>

namespace hone::passes {
namespace {

bool multiplies_weight(const Plan& plan, const PlanStep& step) {
  if (step.kind != PlanStep::Kind::run || step.operands.size() < 2 || step.operands[1] < 0) {
    return false;
  }
  const PlanValue& weight = plan.values[static_cast<size_t>(plan.root(step.operands[1]))];
  return weight.storage == Storage::weight && weight.type.dtype == DType::f32;
}

bool knows(const TargetDesc& target, Precision precision, const PlanStep& step) {
  const auto has = [&step](const std::vector<std::string_view>& ops) {
    return std::ranges::find(ops, step.op->name) != ops.end();
  };
  switch (precision) {
    case Precision::bf16:
      return has(target.bf16_ops);
    case Precision::winograd:
      return has(target.winograd_ops);
    default:
      return false;
  }
}

Precision precision_of(const PrecisionWish& wish, const PlanStep& step) {
  const auto found = wish.steps.find(step.name);
  return found == wish.steps.end() ? wish.all : found->second;
}

}  // namespace

void allow_precision(Program& program, const PrecisionWish& wish, const TargetDesc& target) {
  for (ProgramItem& item : program.items) {
    for (PlanStep& step : item.plan.steps) {
      const Precision wanted = precision_of(wish, step);
      if (knows(target, wanted, step) && multiplies_weight(item.plan, step)) {
        step.precision = wanted;
      }
    }
    for (Program& body : item.bodies) allow_precision(body, wish, target);
  }
}

}  // namespace hone::passes
