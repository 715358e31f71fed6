#include "frontend/tflite/constant.h"
#include "frontend/tflite/node_import.h"
#include "ops/arg_reduce/op.h"
#include "ops/cast/op.h"

namespace hone::tflite {
namespace {

template <ArgReduceAttrs::Kind kind>
void arg(NodeImport& n) {
  const std::vector<int64_t> axis = n.ints(1);
  const auto to = dense_dtype(n.output_tensor(0).type);
  if (axis.size() != 1 || !to) return n.invalid("has no axis, or makes no integers");
  const ArgReduceAttrs attrs{.kind = kind, .axis = axis[0], .keepdims = false};
  const ir::ValueId at = n.add("arg_reduce", {n.input(0)}, attrs);
  n.output(0, *to == DType::i64 ? at : n.add("cast", {at}, CastAttrs{std::string(name_of(*to))}));
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
