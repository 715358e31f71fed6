#include "ops/dft/op.h"

#include <cmath>
#include <complex>
#include <numbers>

#include "ops/list.h"
#include "ops/shape_rules.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;
using Complex = std::complex<double>;

// By the definition, term by term.
struct Lines {
  const HostTensor& x;
  int64_t axis, inner, parts, size;

  Complex at(int64_t outer, int64_t n, int64_t i) const {
    if (n >= size) return 0;
    const auto first = static_cast<size_t>(((outer * size + n) * inner + i) * parts);
    return {x.data[first], parts == 2 ? x.data[first + 1] : 0.0};
  }
  // A line with NaN or an infinity in it becomes NaN.
  bool is_finite(int64_t outer, int64_t i, int64_t length) const {
    bool finite = true;
    for (int64_t n = 0; n < length; ++n) {
      const Complex value = at(outer, n, i);
      finite = finite && std::isfinite(value.real()) && std::isfinite(value.imag());
    }
    return finite;
  }
};

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<DftAttrs>();
  const HostTensor& x = *args.operands[0];
  HostTensor& y = args.results[0];
  const int64_t given =
      args.operands[2] == nullptr ? attrs.axis : static_cast<int64_t>(args.operands[2]->data[0]);
  const size_t axis = *find_axis(given, x.shape.size());
  int64_t outer = 1, inner = 1;
  for (size_t i = 0; i < axis; ++i) outer *= x.shape[i];
  for (size_t i = axis + 1; i + 1 < x.shape.size(); ++i) inner *= x.shape[i];
  const Lines lines{x, static_cast<int64_t>(axis), inner, x.shape.back(), x.shape[axis]};
  const bool from_half = attrs.onesided && attrs.inverse;
  int64_t length = from_half ? 2 * (lines.size - 1) : lines.size;
  if (args.operands[1] != nullptr) length = static_cast<int64_t>(args.operands[1]->data[0]);
  const double turn = (attrs.inverse ? 2 : -2) * std::numbers::pi / static_cast<double>(length);
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t i = 0; i < inner; ++i) {
      for (int64_t k = 0; k < y.shape[axis]; ++k) {
        Complex sum = 0;
        for (int64_t n = 0; n < length; ++n) {
          const bool mirrored = from_half && n > length / 2;
          const Complex value =
              mirrored ? std::conj(lines.at(o, length - n, i)) : lines.at(o, n, i);
          sum += value * std::polar(1.0, turn * static_cast<double>(k * n % length));
        }
        if (attrs.inverse) sum /= static_cast<double>(length);
        if (!lines.is_finite(o, i, length)) sum = {std::nan(""), std::nan("")};
        const auto first =
            static_cast<size_t>(((o * y.shape[axis] + k) * inner + i) * y.shape.back());
        y.data[first] = sum.real();
        if (y.shape.back() == 2) y.data[first + 1] = sum.imag();
      }
    }
  }
}

std::vector<OpCase> cases() {
  const CaseOperand length{.dtype = DType::i64, .shape = {}, .fill = Fill::position, .limit = 12};
  const CaseOperand axis{.dtype = DType::i64, .shape = {}, .fill = Fill::position, .limit = 1};
  return {{"real", DftAttrs{}, {floats({2, 16, 1})}},
          {"complex", DftAttrs{}, {floats({2, 30, 2})}},
          {"prime", DftAttrs{.inverse = true}, {floats({3, 13, 2})}},
          {"axis", DftAttrs{.axis = 1}, {floats({2, 12, 5, 2})}},
          {"axis_operand", DftAttrs{}, {floats({2, 12, 5, 1}), absent(), axis}},
          {"onesided", DftAttrs{.onesided = true}, {floats({2, 15, 1})}},
          {"from_half", DftAttrs{.inverse = true, .onesided = true}, {floats({2, 9, 2})}},
          {"padded", DftAttrs{.axis = 1}, {floats({2, 9, 2}), length}},
          {"cut", DftAttrs{.axis = 1, .onesided = true}, {floats({2, 20, 1}), length}},
          {"one", DftAttrs{}, {floats({1, 1, 1})}}};
}

std::vector<BadCase> bad_cases() {
  const auto number = [](int64_t value) {
    return CaseOperand{.dtype = DType::i64, .shape = {}, .fill = Fill::position, .limit = value};
  };
  const auto x = floats({2, 9, 2});
  return {{"C1", DftAttrs{}, {typed(DType::i32, {2, 9, 2})}},
          {"C1", DftAttrs{}, {x, floats({})}},
          {"C2", DftAttrs{}, {floats({2, 9, 3})}},
          {"C2", DftAttrs{.onesided = true}, {x}},
          {"C3", DftAttrs{.axis = -1}, {x}},
          {"C3", DftAttrs{}, {x, number(0)}},
          {"C3", DftAttrs{}, {x, absent(), number(3)}}};
}

}  // namespace

const OpSemantics& dft_semantics() {
  static const OpSemantics kSemantics{&dft_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
