#include "ops/define.h"
#include "ops/fourier.h"
#include "ops/scale_grid.h"
#include "ops/shape_rules.h"
#include "ops/stft/op.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"signal", "step", "window?", "length?"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: signal and window are f32, f16 or bf16, both the same; step and length are one i64 or i32",
    "C2: signal is [batch, samples, 1 or 2], 1 if onesided; window is [length]",
    "C3: the step is 1 or more; the length 1 to 2^20, not beyond the samples, and no more than "
    "2^30 "
    "steps",
};

constexpr int64_t kMaxLength = 1 << 20;
constexpr int64_t kMaxSteps = 1 << 30;  // of one frame: that of a large prime is slow

bool is_one_integer(const OperandType* operand) {
  if (operand == nullptr) return true;
  return (operand->dtype == DType::i64 || operand->dtype == DType::i32) &&
         (operand->shape.empty() ||
          (operand->shape.size() == 1 && may_equal(operand->shape[0], Dim(1))));
}

// The one number that an operand holds; nothing if it is not known yet.
std::optional<int64_t> number(const OperandType& operand) {
  const auto known = known_ints(operand);
  if (!known || known->size() != 1) return {};
  return known->front();
}

// The length of a frame; unknown as long as that is so.
Dim frame_length(OperandTypes operands) {
  if (operands[3] != nullptr) {
    const auto known = number(*operands[3]);
    return known ? Dim(*known) : Dim::unknown();
  }
  return operands[2] != nullptr ? operands[2]->shape[0] : operands[0]->shape[1];
}

Expected<std::vector<TensorType>> infer(const StftAttrs& attrs, OperandTypes operands) {
  const OperandType& signal = *operands[0];
  const OperandType* window = operands[2];
  if (!is_scale_dtype(signal.dtype) || (window != nullptr && window->dtype != signal.dtype) ||
      !is_one_integer(operands[1]) || !is_one_integer(operands[3])) {
    return fail_constraint("C1", "the signal is ", name_of(signal.dtype));
  }
  const Shape& shape = signal.shape;
  const bool parts = shape.size() == 3 && (may_equal(shape[2], Dim(1)) ||
                                           (!attrs.onesided && may_equal(shape[2], Dim(2))));
  if (!parts || (window != nullptr && window->shape.size() != 1)) {
    return fail_constraint("C2", "the signal is ", to_text(shape, {}));
  }
  const auto step = number(*operands[1]);
  const Dim length = frame_length(operands), samples = shape[1];
  if (!step || length.is_symbol()) return known_when_run();
  const int64_t n = length.value();
  if (window != nullptr && !may_equal(window->shape[0], length)) {
    return fail_constraint("C2", "the window has not the length ", n);
  }
  if (*step < 1 || n < 1 || n > kMaxLength || (!samples.is_symbol() && n > samples.value()) ||
      fourier_steps(n) > kMaxSteps / n) {
    return fail_constraint("C3", "frames of ", n, " every ", *step, " make no sense");
  }
  const Dim frames = map_dim(samples, [&](int64_t size) { return (size - n) / *step + 1; });
  const Dim bins = Dim(attrs.onesided ? n / 2 + 1 : n);
  return std::vector<TensorType>{{signal.dtype, {shape[0], frames, bins, Dim(2)}}};
}

Cost cost(const StftAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(40, operands, results);
}

}  // namespace

const OpDef& stft_op() {
  using T = Typed<StftAttrs, infer, cost>;
  static const OpDef kDef{.name = "stft",
                          .summary = "the Fourier transform of frames of a signal (ONNX STFT)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost,
                          .value_operands = 0b1010};
  return kDef;
}

}  // namespace hone
