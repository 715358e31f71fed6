#include "ops/define.h"

#include "ops/list.h"
#include "tensor/view.h"

namespace hone {

std::span<const OpDef* const> all_ops() {
  static const OpDef* const kOps[] = {
#define X(op) &op##_op(),
#include "ops_list.inc"
#undef X
  };
  return kOps;
}

const OpDef* find_op(std::string_view name) {
  for (const OpDef* op : all_ops()) {
    if (op->name == name) return op;
  }
  return nullptr;
}

double bytes_of(const BoundType& type) {
  return static_cast<double>(size_bytes(type.dtype, type.dims));
}

Cost elementwise_cost(double flops_per_element, BoundTypes operands, BoundTypes results) {
  Cost cost;
  cost.flops = flops_per_element * static_cast<double>(results[0]->dims.elements());
  for (const BoundType* type : operands) {
    if (type != nullptr) cost.bytes += bytes_of(*type);
  }
  for (const BoundType* type : results) cost.bytes += bytes_of(*type);
  return cost;
}

}  // namespace hone
