#include "ops/define.h"
#include "ops/dft/op.h"
#include "ops/fourier.h"
#include "ops/scale_grid.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "length?", "axis?"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x is f32, f16 or bf16; length and axis are one i64 or i32",
    "C2: x has a last axis of 1 (real) or 2 (complex); the forward onesided transform takes real "
    "ones, the inverse complex ones",
    "C3: the axis is one of x but the last; the length is 1 to 2^24, and no more than 2^32 steps",
};

constexpr int64_t kMaxSteps = int64_t{1} << 32;  // of one line: that of a large prime is slow

constexpr int64_t kMaxLength = 1 << 24;

bool is_one_integer(const OperandType* operand) {
  if (operand == nullptr) return true;
  return (operand->dtype == DType::i64 || operand->dtype == DType::i32) &&
         (operand->shape.empty() ||
          (operand->shape.size() == 1 && may_equal(operand->shape[0], Dim(1))));
}

// What the operand holds; `missing` if it is absent; nothing if it is not known yet.
std::optional<int64_t> number(const OperandType* operand, int64_t missing) {
  if (operand == nullptr) return missing;
  const auto known = known_ints(*operand);
  if (!known || known->size() != 1) return {};
  return known->front();
}

Expected<std::vector<TensorType>> infer(const DftAttrs& attrs, OperandTypes operands) {
  const TensorType& x = *operands[0];
  if (!is_scale_dtype(x.dtype) || !is_one_integer(operands[1]) || !is_one_integer(operands[2])) {
    return fail_constraint("C1", "x is ", name_of(x.dtype));
  }
  const size_t rank = x.shape.size();
  const Dim parts = rank == 0 ? Dim(0) : x.shape.back();
  const bool wants_real = attrs.onesided && !attrs.inverse;
  const bool wants_complex = attrs.onesided && attrs.inverse;
  if (rank < 2 || (!parts.is_symbol() && parts != Dim(1) && parts != Dim(2)) ||
      (wants_real && !may_equal(parts, Dim(1))) || (wants_complex && !may_equal(parts, Dim(2)))) {
    return fail_constraint("C2", "x is ", to_text(x.shape, {}));
  }
  const auto axis = number(operands[2], attrs.axis);
  const auto length = number(operands[1], -1);
  if (!axis || !length || parts.is_symbol()) return known_when_run();
  const auto place = find_axis(*axis, rank);
  if (!place || *place + 1 == rank || (operands[1] != nullptr && *length < 1) ||
      *length > kMaxLength) {
    return fail_constraint("C3", "axis ", *axis, " or length ", *length, " makes no sense");
  }
  Dim size = x.shape[*place];
  if (operands[1] != nullptr) {
    size = Dim(*length);
  } else if (wants_complex) {
    size = map_dim(size, [](int64_t n) { return 2 * (n - 1); });
  }
  if (!size.is_symbol() && (size.value() < 1 || size.value() > kMaxLength ||
                            fourier_steps(size.value()) > kMaxSteps / size.value())) {
    return fail_constraint("C3", "the length is ", size.value());
  }
  TensorType y = x;
  y.shape[*place] = wants_real ? map_dim(size, [](int64_t n) { return n / 2 + 1; }) : size;
  y.shape.back() = Dim(wants_complex ? 1 : 2);
  return std::vector<TensorType>{y};
}

Cost cost(const DftAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(40, operands, results);
}

}  // namespace

const OpDef& dft_op() {
  using T = Typed<DftAttrs, infer, cost>;
  static const OpDef kDef{.name = "dft",
                          .summary = "the discrete Fourier transform along an axis (ONNX DFT)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost,
                          .value_operands = 0b110};
  return kDef;
}

}  // namespace hone
