#include "frontend/tflite/node_import.h"
#include "ops/lrn/op.h"

namespace hone::tflite {
namespace {

// TFLite's alpha counts each channel of the window, ONNX's the window.
void local_response_normalization(NodeImport& n) {
  using Options = schema::LocalResponseNormalizationOptions;
  const auto options = n.options<Options>();
  const int64_t size = 2 * int64_t{options.get(Options::radius)} + 1;
  const LrnAttrs attrs{.size = size,
                       .alpha = options.get(Options::alpha) * static_cast<float>(size),
                       .beta = options.get(Options::beta),
                       .bias = options.get(Options::bias)};
  n.output(0, n.to_channels_last(n.add("lrn", {n.to_channels_first(n.input(0))}, attrs)));
}

}  // namespace

std::span<const TfliteOp> lrn_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::LOCAL_RESPONSE_NORMALIZATION, local_response_normalization},
  };
  return kOps;
}

}  // namespace hone::tflite
