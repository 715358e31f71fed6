#include <algorithm>
#include <cmath>

#include "ops/define.h"
#include "ops/mel_weights/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"bands", "length", "rate", "low", "high"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: bands, length and rate are one i64 or i32 each; bands and length 0 to 2^24",
    "C2: low and high are one float each",
    "C3: y is a float or an integer",
};

constexpr int64_t kMaxSize = 1 << 24;
constexpr int64_t kFar = int64_t{1} << 40;  // outside of any spectrum

bool is_one(const OperandType& operand) {
  return operand.shape.empty() || may_equal(product(operand.shape), Dim(1));
}

Expected<std::vector<TensorType>> infer(const MelWeightsAttrs& attrs, OperandTypes operands) {
  int64_t sizes[2] = {};
  for (size_t i = 0; i < 5; ++i) {
    const OperandType& operand = *operands[i];
    const bool is_int = operand.dtype == DType::i64 || operand.dtype == DType::i32;
    if ((i < 3 ? !is_int : !is_float(operand.dtype)) || !is_one(operand)) {
      return fail_constraint(i < 3 ? "C1" : "C2", kOperands[i], " is ", to_text(operand, {}));
    }
  }
  const auto to = find_dtype(attrs.to);
  if (!to || !is_number(*to)) return fail_constraint("C3", "y is '", attrs.to, "'");
  for (size_t i = 0; i < 2; ++i) {
    const auto known = known_ints(*operands[i]);
    if (!known) return known_when_run();
    if (known->size() != 1 || known->front() < 0 || known->front() > kMaxSize) {
      return fail_constraint("C1", kOperands[i], " makes no sense");
    }
    sizes[i] = known->front();
  }
  return std::vector<TensorType>{{*to, {Dim(sizes[1] / 2 + 1), Dim(sizes[0])}}};
}

Cost cost(const MelWeightsAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(4, operands, results);
}

double mel_of(double hertz) { return 2595 * std::log10(1 + hertz / 700); }
double hertz_of(double mel) { return 700 * (std::pow(10, mel / 2595) - 1); }

// The entry of the spectrum where border `index` of bands + 2 lies.
int64_t border(const MelBank& bank, int64_t index) {
  const double first = mel_of(bank.low);
  const double step = (mel_of(bank.high) - first) / static_cast<double>(bank.bands + 2);
  const double hertz = hertz_of(first + step * static_cast<double>(index));
  const double place = std::floor(static_cast<double>(bank.length + 1) * hertz / bank.rate);
  return std::isnan(place) ? -kFar
                           : static_cast<int64_t>(std::clamp(place, -1.0 * kFar, 1.0 * kFar));
}

double share(int64_t part, int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

MelBand mel_band(const MelBank& bank, int64_t index) {
  return {border(bank, index), border(bank, index + 1), border(bank, index + 2)};
}

double MelBand::weight(int64_t at) const {
  if (at == peak) return 1;
  if (at > peak) return at < end ? share(end - at, end - peak) : 0;
  return at > begin ? share(at - begin, peak - begin) : 0;
}

const OpDef& mel_weights_op() {
  using T = Typed<MelWeightsAttrs, infer, cost>;
  static const OpDef kDef{
      .name = "mel_weights",
      .summary = "bands of the mel scale over a spectrum (ONNX MelWeightMatrix)",
      .operands = kOperands,
      .results = kResults,
      .constraints = kConstraints,
      .default_attrs = T::default_attrs,
      .infer = T::infer,
      .cost = T::cost,
      .value_operands = 0b11};
  return kDef;
}

}  // namespace hone
