#include "ops/mel_weights/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void mel_weight_matrix(NodeImport& n) {
  const auto to = dtype_of(
      static_cast<DataType>(n.attr("output_datatype", static_cast<int64_t>(DataType::FLOAT))));
  if (!to) return n.unsupported("has an output_datatype that hone does not know");
  n.output(0, n.add("mel_weights", {n.input(0), n.input(1), n.input(2), n.input(3), n.input(4)},
                    MelWeightsAttrs{std::string(name_of(*to))}));
}

}  // namespace

std::span<const OnnxOp> mel_weights_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "MelWeightMatrix", mel_weight_matrix}};
  return kOps;
}

}  // namespace hone::onnx
