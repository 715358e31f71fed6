#include "frontend/onnx/node_import.h"
#include "ops/arg_reduce/op.h"

namespace hone::onnx {
namespace {

template <ArgReduceAttrs::Kind kind>
void arg_reduce(NodeImport& n) {
  const ArgReduceAttrs attrs{.kind = kind,
                             .axis = n.attr("axis", int64_t{0}),
                             .keepdims = n.attr("keepdims", int64_t{1}) != 0,
                             .last = n.attr("select_last_index", int64_t{0}) != 0};
  n.output(0, n.add("arg_reduce", {n.input(0)}, attrs));
}

}  // namespace

std::span<const OnnxOp> arg_reduce_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "ArgMax", arg_reduce<ArgReduceAttrs::Kind::max>},
                                    {"", "ArgMin", arg_reduce<ArgReduceAttrs::Kind::min>}};
  return kOps;
}

}  // namespace hone::onnx
