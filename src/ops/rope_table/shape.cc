#include <algorithm>
#include <cmath>
#include <numbers>

#include "ops/define.h"
#include "ops/rope_table/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"position", "factors?"};
constexpr std::string_view kResults[] = {"table"};
constexpr std::string_view kConstraints[] = {
    "C1: position is i32 with one axis",
    "C2: rotary_dim is positive and even",
    "C3: factors is f32 with rotary_dim / 2 elements",
};

Expected<std::vector<TensorType>> infer(const RopeTableAttrs& attrs, OperandTypes operands) {
  if (!is_plain(*operands[0], DType::i32, 1)) {
    return fail_constraint("C1", "position must be i32 with one axis");
  }
  if (attrs.rotary_dim <= 0 || attrs.rotary_dim % 2 != 0) {
    return fail_constraint("C2", "rotary_dim ", attrs.rotary_dim, " must be positive and even");
  }
  if (operands[1] != nullptr && (!is_plain(*operands[1], DType::f32, 1) ||
                                 operands[1]->shape[0] != Dim(attrs.rotary_dim / 2))) {
    return fail_constraint("C3", "factors must be f32 with rotary_dim / 2 elements");
  }
  return std::vector<TensorType>{
      TensorType{DType::f32, {operands[0]->shape[0], Dim(attrs.rotary_dim)}}};
}

Cost cost(const RopeTableAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(20, operands, results);
}

// The dimension at which a wave turns `rotations` times over the original context (YaRN, eq. 17).
double correction_dim(const RopeTableAttrs& attrs, double rotations) {
  const auto dims = static_cast<double>(attrs.rotary_dim);
  const auto context = static_cast<double>(attrs.original_context);
  return dims * std::log(context / (rotations * 2 * std::numbers::pi)) /
         (2 * std::log(static_cast<double>(attrs.base)));
}

}  // namespace

double rope_angle(const RopeTableAttrs& attrs, int64_t pair, double position, double factor) {
  const double exponent = -2.0 * static_cast<double>(pair) / static_cast<double>(attrs.rotary_dim);
  const double full = position * std::pow(static_cast<double>(attrs.base), exponent) / factor;
  const double scaled = full * static_cast<double>(attrs.position_scale);
  if (attrs.yarn_factor <= 0) return scaled;
  const double low = std::max(0.0, std::floor(correction_dim(attrs, attrs.beta_fast)));
  const double high = std::min(static_cast<double>(attrs.rotary_dim - 1),
                               std::ceil(correction_dim(attrs, attrs.beta_slow)));
  const double ramp = (static_cast<double>(pair) - low) / std::max(0.001, high - low);
  const double blend = (1 - std::clamp(ramp, 0.0, 1.0)) * static_cast<double>(attrs.yarn_factor);
  return scaled * (1 - blend) + full * blend;
}

const OpDef& rope_table_op() {
  using T = Typed<RopeTableAttrs, infer, cost>;
  static const OpDef kDef{.name = "rope_table",
                          .summary = "cos and sin of each position's rotary angles, as pairs",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
