#include "ops/quantize/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void quantize(NodeImport& n) {
  QuantizeAttrs attrs{.axis = n.attr("axis", int64_t{1}),
                      .block = n.attr("block_size", int64_t{0}),
                      .saturate = n.attr("saturate", int64_t{1}) != 0};
  const auto to = static_cast<DataType>(n.attr("output_dtype", int64_t{0}));
  if (to != DataType{} && !n.has_input(2)) {
    const auto dtype = dtype_of(to);
    if (!dtype) return n.unsupported("quantizes to ONNX type ", static_cast<int64_t>(to));
    attrs.to = name_of(*dtype);
  }
  n.output(0, n.add("quantize", {n.input(0), n.input(1), n.input(2)}, attrs));
}

}  // namespace

std::span<const OnnxOp> quantize_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "QuantizeLinear", quantize},
                                    {"com.microsoft", "QuantizeLinear", quantize}};
  return kOps;
}

}  // namespace hone::onnx
