#include "ops/reverse_sequence/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void reverse_sequence(NodeImport& n) {
  const ReverseSequenceAttrs attrs{n.attr("batch_axis", int64_t{1}),
                                   n.attr("time_axis", int64_t{0})};
  n.output(0, n.add("reverse_sequence", {n.input(0), n.input(1)}, attrs));
}

}  // namespace

std::span<const OnnxOp> reverse_sequence_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "ReverseSequence", reverse_sequence}};
  return kOps;
}

}  // namespace hone::onnx
