#include "frontend/tflite/node_import.h"
#include "ops/gather_nd/op.h"

namespace hone::tflite {
namespace {

void gather_nd(NodeImport& n) {
  n.output(0, n.add("gather_nd", {n.input(0), n.cast(n.input(1), DType::i64)}, GatherNdAttrs{}));
}

}  // namespace

std::span<const TfliteOp> gather_nd_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::GATHER_ND, gather_nd},
  };
  return kOps;
}

}  // namespace hone::tflite
