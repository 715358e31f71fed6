#include "ops/compress/op.h"

#include "frontend/onnx/node_import.h"
#include "ops/shape_rules.h"

namespace hone::onnx {
namespace {

void compress(NodeImport& n) {
  const CompressAttrs attrs{!n.has("axis"), n.attr("axis", int64_t{0})};
  const ir::ValueId x = n.input(0);
  Type type = Type::unknown();
  if (n.type(x).is_tensor()) {
    type = n.type(x);
    Shape& shape = type.tensor.shape;
    const auto axis = find_axis(attrs.axis, shape.size());
    if (!attrs.flat && !axis) return n.invalid("it has no axis ", attrs.axis);
    if (attrs.flat) {
      shape = {Dim::unknown()};
    } else {
      shape[*axis] = Dim::unknown();
    }
  }
  const auto results = n.add_host("compress", {x, n.input(1)}, attrs, {type});
  if (n.ok()) n.output(0, results[0]);
}

}  // namespace

std::span<const OnnxOp> compress_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Compress", compress}};
  return kOps;
}

}  // namespace hone::onnx
