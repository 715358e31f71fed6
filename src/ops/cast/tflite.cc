#include "frontend/tflite/node_import.h"

namespace hone::tflite {
namespace {

void cast(NodeImport& n) { n.output_cast(0, n.input(0)); }

// Also from f16, the type of weights that are stored small.
void dequantize(NodeImport& n) { n.output(0, n.real(0)); }

// From floats, or from another scale.
void quantize(NodeImport& n) {
  if (n.keeps_quantization()) return n.output(0, n.input(0));
  n.output_real(0, n.real(0));
}

}  // namespace

std::span<const TfliteOp> cast_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::CAST, cast},
      {BuiltinOperator::DEQUANTIZE, dequantize},
      {BuiltinOperator::QUANTIZE, quantize},
  };
  return kOps;
}

}  // namespace hone::tflite
