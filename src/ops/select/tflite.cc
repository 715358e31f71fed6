#include "frontend/tflite/node_import.h"
#include "ops/select/op.h"

namespace hone::tflite {
namespace {

void select(NodeImport& n) {
  if (n.keeps_quantization(1, 3)) {
    return n.output(0, n.add("select", {n.input(0), n.input(1), n.input(2)}));
  }
  n.output_real(0, n.add("select", {n.input(0), n.real(1), n.real(2)}));
}

}  // namespace

std::span<const TfliteOp> select_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::SELECT_V2, select},
  };
  return kOps;
}

}  // namespace hone::tflite
