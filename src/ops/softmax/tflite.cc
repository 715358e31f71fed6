#include "frontend/tflite/node_import.h"
#include "ops/binary/op.h"
#include "ops/softmax/op.h"

namespace hone::tflite {
namespace {

void softmax(NodeImport& n) {
  using Options = schema::SoftmaxOptions;
  ir::ValueId x = n.real(0);
  const float beta = n.options<Options>().get(Options::beta);
  if (beta != 1) {
    const ir::ValueId factor = n.scalar(DType::f32, static_cast<double>(beta));
    x = n.add("binary", {x, factor}, BinaryAttrs{BinaryKind::mul});
  }
  n.output_real(0, n.add("softmax", {x}, SoftmaxAttrs{}));
}

void log_softmax(NodeImport& n) {
  const SoftmaxAttrs attrs{.kind = SoftmaxAttrs::Kind::log_softmax};
  n.output_real(0, n.add("softmax", {n.real(0)}, attrs));
}

}  // namespace

std::span<const TfliteOp> softmax_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::SOFTMAX, softmax},
      {BuiltinOperator::LOG_SOFTMAX, log_softmax},
  };
  return kOps;
}

}  // namespace hone::tflite
