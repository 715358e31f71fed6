#include "ops/cast/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void cast(NodeImport& n) {
  const auto to = static_cast<DataType>(n.attr("to", int64_t{0}));
  if (to == DataType::STRING) return n.unsupported("makes text of numbers");
  const auto dtype = dtype_of(to);
  if (!dtype) return n.unsupported("casts to ONNX type ", static_cast<int64_t>(to));
  const CastAttrs attrs{std::string(name_of(*dtype)), n.attr("saturate", int64_t{1}) != 0};
  n.output(0, n.add("cast", {n.input(0)}, attrs));
}

void cast_like(NodeImport& n) {
  const CastAttrs attrs{"", n.attr("saturate", int64_t{1}) != 0};
  n.output(0, n.add("cast", {n.input(0), n.input(1)}, attrs));
}

}  // namespace

std::span<const OnnxOp> cast_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Cast", cast}, {"", "CastLike", cast_like}};
  return kOps;
}

}  // namespace hone::onnx
