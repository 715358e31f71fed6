#include "passes/precision.h"

#include <algorithm>

namespace hone::passes {
namespace {

bool multiplies_weight(const Plan& plan, const PlanStep& step, const TargetDesc& target) {
  if (step.kind != PlanStep::Kind::run || step.operands.size() < 2 || step.operands[1] < 0 ||
      std::ranges::find(target.bf16_ops, step.op->name) == target.bf16_ops.end()) {
    return false;
  }
  const PlanValue& weight = plan.values[static_cast<size_t>(plan.root(step.operands[1]))];
  return weight.storage == Storage::weight && weight.type.dtype == DType::f32;
}

}  // namespace

void allow_precision(Program& program, const PrecisionWish& wish, const TargetDesc& target) {
  for (ProgramItem& item : program.items) {
    for (PlanStep& step : item.plan.steps) {
      if (wish.only && !wish.only->contains(step.name)) continue;
      if (multiplies_weight(item.plan, step, target)) step.precision = wish.coarsest;
    }
    for (Program& body : item.bodies) allow_precision(body, wish, target);
  }
}

}  // namespace hone::passes
