#include "frontend/tflite/node_import.h"
#include "ops/take/op.h"

namespace hone::tflite {
namespace {

void gather(NodeImport& n) {
  using Options = schema::GatherOptions;
  if (n.options<Options>().get(Options::batch_dims) != 0) {
    return n.unsupported("gathers with batch axes");
  }
  const TakeAttrs attrs{n.options<Options>().get(Options::axis)};
  n.output(0, n.add("take", {n.input(0), n.input(1)}, attrs));
}

}  // namespace

std::span<const TfliteOp> take_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::GATHER, gather},
  };
  return kOps;
}

}  // namespace hone::tflite
