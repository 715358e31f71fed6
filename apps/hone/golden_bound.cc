#include "golden_bound.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace hone::cli {
namespace {

constexpr double kDeviations = 4;

// One step of a type's numbers, as a share of the largest: what one that is rounded the other way
// changes by. Of f32, in which sums are made, the error of a rounding.
struct Unit {
  std::string_view name;
  double step;
};
// From the finest to the coarsest.
constexpr std::array kUnits = {Unit{"f32", 0x1p-24}, Unit{"f16", 0x1p-10}, Unit{"bf16", 0x1p-7},
                               Unit{"int8", 1.0 / 127}};
constexpr size_t kInt8 = kUnits.size() - 1;

class Errors {
 public:
  void add(const Plan& plan) {
    for (const PlanStep& step : plan.steps) {
      if (step.kind == PlanStep::Kind::run) add(plan, step);
    }
  }
  void add(const Program& program) {
    for (const ProgramItem& item : program.items) {
      add(item.plan);
      for (const Program& body : item.bodies) add(body);
    }
  }
  NumericClass result() const {
    return {std::string(kUnits[coarsest_].name), kDeviations * std::sqrt(squares_)};
  }

 private:
  static const PlanValue& value(const Plan& plan, int32_t index) {
    return plan.values[static_cast<size_t>(index)];
  }

  // Products that a sum of the step adds up: of its largest weight, the elements behind the first
  // axis; without a weight, the last axis of what it reads.
  static double summed(const Plan& plan, const PlanStep& step) {
    double most = 0;
    for (const int32_t operand : step.operands) {
      if (operand < 0) continue;
      const PlanValue& weight = value(plan, plan.root(operand));
      const Shape& shape = weight.type.shape;
      if (weight.storage != Storage::weight || shape.size() < 2) continue;
      double behind = 1;
      for (size_t i = 1; i < shape.size(); ++i) behind *= static_cast<double>(shape[i].value());
      most = std::max(most, behind);
    }
    if (most > 0 || step.operands.empty() || step.operands[0] < 0) return std::max(1.0, most);
    const Shape& read = value(plan, step.operands[0]).type.shape;
    if (read.empty() || read.back().is_symbol()) return 1;
    return std::max(1.0, static_cast<double>(read.back().value()));
  }

  static size_t unit_of(const Plan& plan, const PlanStep& step) {
    const bool reads_codes = std::ranges::any_of(step.operands, [&](int32_t operand) {
      return operand >= 0 && value(plan, operand).type.dtype == DType::q8_a;
    });
    if (reads_codes || step.op->name.starts_with("quantize") ||
        step.op->name.ends_with("_integer")) {
      return kInt8;
    }
    switch (value(plan, step.results[0]).type.dtype) {
      case DType::f16:
        return 1;
      case DType::bf16:
        return 2;
      default:
        return 0;
    }
  }

  // Products of bf16: each is off by its operands' roundings, which are independent, and so is the
  // sum of its scale; a device without bf16 does not round at all.
  static constexpr double kBf16Products = 0x1p-9;

  // Winograd's sums: each product and sum is rounded as always, but numbers in between are larger,
  // by what was measured to be 1.9 to 2.5 times the error.
  static constexpr double kWinogradSums = 4;

  void add(const Plan& plan, const PlanStep& step) {
    size_t unit = unit_of(plan, step);
    if (unit == 0 && step.precision == Precision::bf16) {
      unit = 2;
      squares_ += kBf16Products * kBf16Products;
    }
    coarsest_ = std::max(coarsest_, unit);
    const double root = std::sqrt(summed(plan, step));
    const double sums = step.precision == Precision::winograd ? kWinogradSums : 1;
    const double summing = unit == kInt8 ? 0 : sums * kUnits[0].step * root;
    const double storing = unit == 0 ? 0 : kUnits[unit].step / root;
    squares_ += summing * summing + storing * storing;
  }

  double squares_ = 0;
  size_t coarsest_ = 0;
};

}  // namespace

NumericClass numeric_class_of(const Plan& plan) {
  Errors errors;
  errors.add(plan);
  return errors.result();
}

NumericClass numeric_class_of(const Program& program) {
  Errors errors;
  errors.add(program);
  return errors.result();
}

}  // namespace hone::cli
