#include "frontend/tflite/node_import.h"
#include "ops/cumulate/op.h"

namespace hone::tflite {
namespace {

void cumsum(NodeImport& n) {
  using Options = schema::CumsumOptions;
  const CumulateAttrs attrs{.exclusive = n.options<Options>().get(Options::exclusive),
                            .reverse = n.options<Options>().get(Options::reverse)};
  n.output(0, n.add("cumulate", {n.input(0), n.input(1)}, attrs));
}

}  // namespace

std::span<const TfliteOp> cumulate_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::CUMSUM, cumsum},
  };
  return kOps;
}

}  // namespace hone::tflite
