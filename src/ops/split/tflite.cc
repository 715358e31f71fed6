#include "frontend/tflite/node_import.h"
#include "ops/reshape/op.h"
#include "ops/split/op.h"

namespace hone::tflite {
namespace {

void parts(NodeImport& n, size_t x, SplitAttrs attrs) {
  attrs.parts = static_cast<int64_t>(n.outputs());
  for (size_t i = 0; i < n.outputs(); ++i) {
    attrs.part = static_cast<int64_t>(i);
    n.output(i, n.add("split", {n.input(x)}, attrs));
  }
}

int64_t axis_of(NodeImport& n, size_t i) {
  const std::vector<int64_t> axis = n.ints(i);
  if (axis.size() == 1) return axis[0];
  n.invalid("has no axis");
  return 0;
}

void split(NodeImport& n) { parts(n, 1, {.axis = axis_of(n, 0)}); }
void split_v(NodeImport& n) { parts(n, 0, {.axis = axis_of(n, 2), .sizes = n.ints(1)}); }

void unpack(NodeImport& n) {
  using Options = schema::UnpackOptions;
  SplitAttrs attrs{.axis = n.options<Options>().get(Options::axis),
                   .parts = static_cast<int64_t>(n.outputs())};
  const ReshapeAttrs drop{.shape = {attrs.axis}, .to = ReshapeAttrs::To::squeeze};
  for (size_t i = 0; i < n.outputs(); ++i) {
    attrs.part = static_cast<int64_t>(i);
    n.output(i, n.add("reshape", {n.add("split", {n.input(0)}, attrs)}, drop));
  }
}

}  // namespace

std::span<const TfliteOp> split_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::SPLIT, split},
      {BuiltinOperator::SPLIT_V, split_v},
      {BuiltinOperator::UNPACK, unpack},
  };
  return kOps;
}

}  // namespace hone::tflite
