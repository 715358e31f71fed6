#include "ops/binary/op.h"

#include <algorithm>
#include <cmath>

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

double value(BinaryKind kind, double a, double b) {
  const auto bits = [](double x) { return static_cast<int64_t>(x); };
  switch (kind) {
    case BinaryKind::add:
      return a + b;
    case BinaryKind::sub:
      return a - b;
    case BinaryKind::mul:
      return a * b;
    case BinaryKind::div:
      return a / b;
    case BinaryKind::min:
      return std::isnan(a) || std::isnan(b) ? a + b : std::min(a, b);
    case BinaryKind::max:
      return std::isnan(a) || std::isnan(b) ? a + b : std::max(a, b);
    case BinaryKind::pow:
      return std::pow(a, b);
    case BinaryKind::mod: {
      const double rest = std::fmod(a, b);
      return rest != 0 && std::signbit(rest) != std::signbit(b) ? rest + b : rest;
    }
    case BinaryKind::fmod:
      return std::fmod(a, b);
    case BinaryKind::prelu:
      return a < 0 ? a * b : a;
    case BinaryKind::atan2:
      return std::atan2(a, b);
    case BinaryKind::bit_and:
      return static_cast<double>(bits(a) & bits(b));
    case BinaryKind::bit_or:
      return static_cast<double>(bits(a) | bits(b));
    case BinaryKind::bit_xor:
      return static_cast<double>(bits(a) ^ bits(b));
    case BinaryKind::shift_left:
      return b < 0 || b >= 64 ? 0 : a * std::exp2(b);
    case BinaryKind::shift_right:
      return std::floor(a / std::exp2(b < 0 || b >= 64 ? 64 : b));
    case BinaryKind::logic_and:
      return a != 0 && b != 0;
    case BinaryKind::logic_or:
      return a != 0 || b != 0;
    case BinaryKind::logic_xor:
      return (a != 0) != (b != 0);
    case BinaryKind::equal:
      return a == b;
    case BinaryKind::less:
      return a < b;
    case BinaryKind::less_equal:
      return a <= b;
    case BinaryKind::greater:
      return a > b;
    case BinaryKind::greater_equal:
      return a >= b;
  }
  return a;
}

// The element of `x` that broadcasting puts at `index` of a tensor of this shape.
double element_at(const HostTensor& x, size_t index, std::span<const int64_t> shape) {
  size_t at = 0, step = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    const size_t axis = shape.size() - 1 - i;
    const auto place = index % static_cast<size_t>(shape[axis]);
    index /= static_cast<size_t>(shape[axis]);
    if (i >= x.shape.size()) continue;
    const auto own = static_cast<size_t>(x.shape[x.shape.size() - 1 - i]);
    if (own > 1) at += place * step;
    step *= own;
  }
  return x.data[at];
}

void reference(const ReferenceArgs& args) {
  const BinaryKind kind = args.attrs.as<BinaryAttrs>().kind;
  HostTensor& y = args.results[0];
  for (size_t i = 0; i < y.data.size(); ++i) {
    y.data[i] = value(kind, element_at(*args.operands[0], i, y.shape),
                      element_at(*args.operands[1], i, y.shape));
  }
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  for (size_t kind = 0; kind < std::size(kBinaryKindNames); ++kind) {
    if (is_logic(BinaryKind{static_cast<uint8_t>(kind)}) ||
        is_bitwise(BinaryKind{static_cast<uint8_t>(kind)}) ||
        is_comparison(BinaryKind{static_cast<uint8_t>(kind)})) {
      continue;
    }
    const BinaryAttrs attrs{static_cast<BinaryKind>(kind)};
    const std::string_view name = kBinaryKindNames[kind];
    const CaseOperand a = attrs.kind == BinaryKind::pow ? positive({3, 17}) : floats({3, 17});
    all.push_back({cat(name, "_same"), attrs, {a, positive({3, 17})}});
    all.push_back({cat(name, "_row"), attrs, {a, positive({17})}});
    all.push_back({cat(name, "_column"), attrs, {positive({1, 17}), positive({5, 1, 1})}});
    all.push_back({cat(name, "_one"), attrs, {a, positive({1})}});
  }
  return all;
}

std::vector<BadCase> bad_cases() {
  const auto attrs = [](BinaryKind kind) { return BinaryAttrs{kind}; };
  return {{"C1", attrs(BinaryKind::add), {typed(DType::boolean, {3, 4}), floats({4})}},
          {"C1", attrs(BinaryKind::add), {floats({3, 4}), typed(DType::f16, {4})}},
          {"C1", attrs(BinaryKind::logic_and), {floats({3, 4}), floats({4})}},
          {"C1", attrs(BinaryKind::bit_or), {floats({3, 4}), floats({4})}},
          {"C2", attrs(BinaryKind::mul), {floats({3, 4}), floats({3})}},
          {"C2", attrs(BinaryKind::less), {floats({4, 1, 2}), floats({3, 3})}}};
}

}  // namespace

const OpSemantics& binary_semantics() {
  static const OpSemantics kSemantics{&binary_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
