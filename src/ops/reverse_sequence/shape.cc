#include "ops/reverse_sequence/op.h"

#include "ops/define.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "lengths"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x has plain elements and two axes at least",
    "C2: batch and time are the first two axes, in either order",
    "C3: lengths are i64, one a batch, clamped to the time axis",
};

Expected<std::vector<TensorType>> infer(const ReverseSequenceAttrs& attrs, OperandTypes operands) {
  const TensorType &x = *operands[0], &lengths = *operands[1];
  if (!has_plain_elements(x.dtype) || x.shape.size() < 2) {
    return fail_constraint("C1", "x is ", to_text(x, {}));
  }
  if (attrs.batch_axis < 0 || attrs.time_axis < 0 || attrs.batch_axis > 1 ||
      attrs.batch_axis + attrs.time_axis != 1) {
    return fail_constraint("C2", "they are axes ", attrs.batch_axis, " and ", attrs.time_axis);
  }
  if (!is_plain(lengths, DType::i64, 1) ||
      !may_equal(lengths.shape[0], x.shape[static_cast<size_t>(attrs.batch_axis)])) {
    return fail_constraint("C3", "lengths are ", to_text(lengths, {}));
  }
  return std::vector<TensorType>{x};
}

Cost cost(const ReverseSequenceAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(0, operands, results);
}

}  // namespace

const OpDef& reverse_sequence_op() {
  using T = Typed<ReverseSequenceAttrs, infer, cost>;
  static const OpDef kDef{.name = "reverse_sequence",
                          .summary = "the first elements reversed (ONNX ReverseSequence)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
