#include "frontend/tflite/node_import.h"
#include "ops/reshape/op.h"
#include "ops/select/op.h"

namespace hone::tflite {
namespace {

void emit(NodeImport& n, ir::ValueId condition) {
  if (n.keeps_quantization(1, 3)) {
    return n.output(0, n.add("select", {condition, n.input(1), n.input(2)}));
  }
  n.output_real(0, n.add("select", {condition, n.real(1), n.real(2)}));
}

void select_v2(NodeImport& n) { emit(n, n.input(0)); }

// A condition with one axis chooses slices along the first.
void select(NodeImport& n) {
  ir::ValueId condition = n.input(0);
  const auto rank = n.rank(n.input(1));
  if (n.rank(condition) == 1u && rank && *rank > 1) {
    ReshapeAttrs attrs{.to = ReshapeAttrs::To::unsqueeze};
    for (size_t i = 1; i < *rank; ++i) attrs.shape.push_back(static_cast<int64_t>(i));
    condition = n.add("reshape", {condition}, attrs);
  }
  emit(n, condition);
}

}  // namespace

std::span<const TfliteOp> select_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::SELECT, select},
      {BuiltinOperator::SELECT_V2, select_v2},
  };
  return kOps;
}

}  // namespace hone::tflite
