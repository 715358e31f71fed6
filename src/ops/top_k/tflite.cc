#include "frontend/tflite/node_import.h"
#include "ops/gather_elements/op.h"
#include "ops/top_k/op.h"

namespace hone::tflite {
namespace {

// Values and places of the k largest along the last axis.
void top_k(NodeImport& n) {
  TopKAttrs attrs;
  ir::ValueId k = n.input(1);
  const auto constant = n.constant_ints(k);
  if (constant && constant->size() == 1) {
    attrs.k = constant->front();
    k = {};
  } else {
    k = n.reshape(n.cast(k, DType::i64), {1});
  }
  const ir::ValueId index = n.add("top_k", {n.input(0), k}, attrs);
  n.output(0, n.add("gather_elements", {n.input(0), index}, GatherElementsAttrs{attrs.axis}));
  n.output_cast(1, index);
}

}  // namespace

std::span<const TfliteOp> top_k_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::TOPK_V2, top_k},
  };
  return kOps;
}

}  // namespace hone::tflite
