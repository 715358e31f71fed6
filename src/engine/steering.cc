#include "engine/steering.h"

namespace hone {
namespace {

// Integers of one byte are codes of quantized numbers, or tables of them.
bool is_index(DType dtype) {
  switch (dtype) {
    case DType::boolean:
    case DType::i16:
    case DType::u16:
    case DType::i32:
    case DType::u32:
    case DType::i64:
    case DType::u64:
      return true;
    default:
      return false;
  }
}

bool reads_elements(const PlanStep& step, size_t operand) {
  constexpr size_t kBits = 32;
  return step.kind == PlanStep::Kind::at_bind ||
         (operand < kBits && (step.op->value_operands >> operand & 1) != 0);
}

void add(const Plan& plan, WeightNames& names) {
  const auto add_if_weight = [&](int32_t index) {
    const PlanValue& value = plan.values[static_cast<size_t>(plan.root(index))];
    if (value.storage == Storage::weight) names.insert(value.name);
  };
  for (const PlanValue& value : plan.values) {
    if (value.storage == Storage::weight && is_index(value.type.dtype)) names.insert(value.name);
  }
  for (const PlanStep& step : plan.steps) {
    for (size_t i = 0; i < step.operands.size(); ++i) {
      if (step.operands[i] >= 0 && reads_elements(step, i)) add_if_weight(step.operands[i]);
    }
  }
}

void add(const Program& program, WeightNames& names) {
  for (const int32_t constant : program.constants) {
    names.insert(program.values[static_cast<size_t>(constant)].name);
  }
  for (const ProgramItem& item : program.items) {
    add(item.plan, names);
    for (const Program& body : item.bodies) add(body, names);
  }
}

}  // namespace

WeightNames steering_weights(const Plan& plan) {
  WeightNames names;
  add(plan, names);
  return names;
}

WeightNames steering_weights(const Program& program) {
  WeightNames names;
  add(program, names);
  return names;
}

}  // namespace hone
