#include "runtime/work.h"

#include <algorithm>

#include "ops/attention/op.h"
#include "tensor/layout/layout.h"
#include "tensor/view.h"

namespace hone {
namespace {

double stored_bytes(const PlanValue& value, const Dims& dims) {
  const Layout* layout = find_layout(value.layout);
  if (layout == nullptr) return static_cast<double>(size_bytes(value.type.dtype, dims));
  return static_cast<double>(layout->packed_bytes(dims));
}

}  // namespace

RunWork work_of(const Plan& plan, std::span<const int64_t> symbol_values) {
  const auto value = [&](int32_t index) -> const PlanValue& {
    return plan.values[static_cast<size_t>(index)];
  };
  const auto dims = [&](int32_t index) { return Dims(value(index).type.shape, symbol_values); };
  RunWork work;
  // A plan that does not say its sizes is not counted.
  for (const PlanValue& one : plan.values) {
    if (one.type.shape.empty() || std::ranges::any_of(one.type.shape, &Dim::is_unknown))
      return work;
  }
  for (const PlanStep& step : plan.steps) {
    if (step.kind != PlanStep::Kind::run) continue;
    const Dims result = dims(step.results[0]);
    for (const int32_t operand : step.operands) {
      if (operand < 0) continue;
      const PlanValue& root = value(plan.root(operand));
      if (root.storage != Storage::weight) continue;
      const double bytes = stored_bytes(root, dims(plan.root(operand)));
      const auto all_rows = static_cast<double>(dims(operand).rows());
      // A gather reads the rows it is asked for only.
      work.weight_bytes +=
          step.op->name == "gather" ? bytes * static_cast<double>(result.rows()) / all_rows : bytes;
    }
    if (step.op->name == "matmul" && value(step.operands[0]).type.dtype == DType::q8_a) {
      work.int8_ops += 2.0 * static_cast<double>(result.elements()) *
                       static_cast<double>(dims(step.operands[0]).back());
    }
  }
  return work;
}

double state_bytes(const Plan& plan, int64_t positions) {
  double bytes = 0;
  for (const PlanStep& step : plan.steps) {
    if (step.op->name != "attention") continue;
    const int64_t window = step.attrs.as<AttentionAttrs>().window;
    const auto seen = static_cast<double>(window > 0 ? std::min(window, positions) : positions);
    for (const int32_t operand : step.operands) {
      const PlanValue& value = plan.values[static_cast<size_t>(plan.root(operand))];
      if (value.storage != Storage::state) continue;
      bytes += seen * static_cast<double>(size_bytes(value.type.dtype, Dims(value.type.shape, {})));
    }
  }
  return bytes;
}

}  // namespace hone
