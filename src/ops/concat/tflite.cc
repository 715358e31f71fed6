#include "frontend/tflite/node_import.h"
#include "ops/concat/op.h"
#include "ops/reshape/op.h"

namespace hone::tflite {
namespace {

void concatenation(NodeImport& n) {
  using Options = schema::ConcatenationOptions;
  const int8_t activation = n.options<Options>().get(Options::fused_activation_function);
  const bool stored = n.keeps_quantization(0, n.inputs()) && activation == 0;
  std::vector<ir::ValueId> parts;
  for (size_t i = 0; i < n.inputs(); ++i) parts.push_back(stored ? n.input(i) : n.real(i));
  const ir::ValueId y =
      n.add("concat", parts, ConcatAttrs{n.options<Options>().get(Options::axis)});
  if (stored) return n.output(0, y);
  n.output_real(0, n.activate(y, activation));
}

void pack(NodeImport& n) {
  using Options = schema::PackOptions;
  const int64_t axis = n.options<Options>().get(Options::axis);
  std::vector<ir::ValueId> parts;
  for (size_t i = 0; i < n.inputs(); ++i) {
    const ReshapeAttrs one{.shape = {axis}, .to = ReshapeAttrs::To::unsqueeze};
    parts.push_back(n.add("reshape", {n.input(i)}, one));
  }
  n.output(0, n.add("concat", parts, ConcatAttrs{axis}));
}

}  // namespace

std::span<const TfliteOp> concat_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::CONCATENATION, concatenation},
      {BuiltinOperator::PACK, pack},
  };
  return kOps;
}

}  // namespace hone::tflite
