#include "frontend/tflite/node_import.h"
#include "ops/arg_reduce/op.h"

namespace hone::tflite {
namespace {

template <ArgReduceAttrs::Kind kind>
void arg(NodeImport& n) {
  const std::vector<int64_t> axis = n.ints(1);
  if (axis.size() != 1) return n.invalid("has no axis");
  const ArgReduceAttrs attrs{.kind = kind, .axis = axis[0], .keepdims = false};
  n.output_cast(0, n.add("arg_reduce", {n.input(0)}, attrs));
}

}  // namespace

std::span<const TfliteOp> arg_reduce_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::ARG_MAX, arg<ArgReduceAttrs::Kind::max>},
      {BuiltinOperator::ARG_MIN, arg<ArgReduceAttrs::Kind::min>},
  };
  return kOps;
}

}  // namespace hone::tflite
