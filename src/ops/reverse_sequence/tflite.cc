#include "frontend/tflite/node_import.h"
#include "ops/reverse_sequence/op.h"

namespace hone::tflite {
namespace {

void reverse_sequence(NodeImport& n) {
  using Options = schema::ReverseSequenceOptions;
  const ReverseSequenceAttrs attrs{.batch_axis = n.options<Options>().get(Options::batch_dim),
                                   .time_axis = n.options<Options>().get(Options::seq_dim)};
  const ir::ValueId lengths = n.cast(n.input(1), DType::i64);
  n.output(0, n.add("reverse_sequence", {n.input(0), lengths}, attrs));
}

}  // namespace

std::span<const TfliteOp> reverse_sequence_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::REVERSE_SEQUENCE, reverse_sequence},
  };
  return kOps;
}

}  // namespace hone::tflite
