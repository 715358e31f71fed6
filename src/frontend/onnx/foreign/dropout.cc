// Dropout, as it is when a model is used: x itself, and a mask that keeps everything.
#include "frontend/onnx/node_import.h"
#include "ops/binary/op.h"
#include "ops/cast/op.h"
#include "ops/unary/op.h"

namespace hone::onnx {
namespace {

// Whether the node drops elements at random, which needs training mode and a ratio above 0.
bool drops(NodeImport& n) {
  if (n.opset() < 12 || !n.has_input(2)) return false;
  const auto training = n.constant_ints(n.input(2));
  if (training && !training->empty() && training->front() == 0) return false;
  const auto ratio = n.constant_floats(n.input(1));
  return !(n.has_input(1) && ratio && !ratio->empty() && ratio->front() == 0.0f);
}

void dropout(NodeImport& n) {
  if (drops(n)) return n.unsupported("drops elements at random (training_mode)");
  const ir::ValueId x = n.input(0);
  n.output(0, x);
  if (!n.has_output(1)) return;
  // not (x < x) is true for every number, NaN included.
  const ir::ValueId none = n.add("binary", {x, x}, BinaryAttrs{BinaryKind::less});
  const ir::ValueId all = n.add("unary", {none}, UnaryAttrs{UnaryKind::logic_not});
  // Before opset 10 the mask has x's dtype.
  n.output(1, n.opset() < 10 ? n.add("cast", {all, x}, CastAttrs{""}) : all);
}

}  // namespace

std::span<const OnnxOp> dropout_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Dropout", dropout}};
  return kOps;
}

}  // namespace hone::onnx
