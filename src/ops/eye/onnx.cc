#include "ops/eye/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void eye_like(NodeImport& n) {
  EyeAttrs attrs{.dtype = "", .diagonal = n.attr("k", int64_t{0})};
  if (n.has("dtype")) {
    const auto dtype = dtype_of(static_cast<DataType>(n.attr("dtype", int64_t{0})));
    if (!dtype) return n.unsupported("makes elements of a type that hone does not know");
    attrs.dtype = name_of(*dtype);
  }
  n.output(0, n.add("eye", {n.input(0)}, attrs));
}

}  // namespace

std::span<const OnnxOp> eye_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "EyeLike", eye_like}};
  return kOps;
}

}  // namespace hone::onnx
