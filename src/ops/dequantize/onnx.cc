#include "ops/dequantize/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void dequantize(NodeImport& n) {
  DequantizeAttrs attrs{.axis = n.attr("axis", int64_t{1}),
                        .block = n.attr("block_size", int64_t{0})};
  const auto to = static_cast<DataType>(n.attr("output_dtype", int64_t{0}));
  if (to != DataType{}) {
    const auto dtype = dtype_of(to);
    if (!dtype) return n.unsupported("dequantizes to ONNX type ", static_cast<int64_t>(to));
    attrs.to = name_of(*dtype);
  }
  n.output(0, n.add("dequantize", {n.input(0), n.input(1), n.input(2)}, attrs));
}

}  // namespace

std::span<const OnnxOp> dequantize_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "DequantizeLinear", dequantize},
                                    {"com.microsoft", "DequantizeLinear", dequantize}};
  return kOps;
}

}  // namespace hone::onnx
