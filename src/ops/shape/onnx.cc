#include "ops/shape/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void shape(NodeImport& n) {
  const ShapeAttrs attrs{.start = n.attr("start", int64_t{0}),
                         .end = n.attr("end", int64_t{INT64_MAX})};
  n.output(0, n.add("shape", {n.input(0)}, attrs));
}

void size(NodeImport& n) { n.output(0, n.add("shape", {n.input(0)}, ShapeAttrs{.count = true})); }

}  // namespace

std::span<const OnnxOp> shape_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Shape", shape}, {"", "Size", size}};
  return kOps;
}

}  // namespace hone::onnx
