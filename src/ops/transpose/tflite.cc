#include "frontend/tflite/node_import.h"
#include "ops/transpose/op.h"

namespace hone::tflite {
namespace {

void transpose(NodeImport& n) { n.output(0, n.transpose(n.input(0), n.ints(1))); }

}  // namespace

std::span<const TfliteOp> transpose_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::TRANSPOSE, transpose},
  };
  return kOps;
}

}  // namespace hone::tflite
