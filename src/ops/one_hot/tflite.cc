#include "frontend/tflite/node_import.h"
#include "ops/concat/op.h"
#include "ops/one_hot/op.h"

namespace hone::tflite {
namespace {

// Inputs are indices, depth, and what stands where one points and elsewhere.
void one_hot(NodeImport& n) {
  using Options = schema::OneHotOptions;
  const ir::ValueId on = n.reshape(n.input(2), {1}), off = n.reshape(n.input(3), {1});
  const ir::ValueId values = n.add("concat", {off, on}, ConcatAttrs{0});
  const OneHotAttrs attrs{n.options<Options>().get(Options::axis)};
  n.output(0, n.add("one_hot", {n.input(0), n.input(1), values}, attrs));
}

}  // namespace

std::span<const TfliteOp> one_hot_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::ONE_HOT, one_hot},
  };
  return kOps;
}

}  // namespace hone::tflite
