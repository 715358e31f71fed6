#include "ops/stft/op.h"

#include <cmath>
#include <complex>
#include <numbers>

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;
using Complex = std::complex<double>;

void reference(const ReferenceArgs& args) {
  const HostTensor& x = *args.operands[0];
  const HostTensor* window = args.operands[2];
  HostTensor& y = args.results[0];
  const auto step = static_cast<int64_t>(args.operands[1]->data[0]);
  int64_t length = window != nullptr ? window->shape[0] : x.shape[1];
  if (args.operands[3] != nullptr) length = static_cast<int64_t>(args.operands[3]->data[0]);
  const int64_t parts = x.shape[2], bins = y.shape[2];
  for (int64_t i = 0; i < y.shape[0] * y.shape[1]; ++i) {
    const int64_t first = i / y.shape[1] * x.shape[1] + i % y.shape[1] * step;
    std::vector<Complex> frame;
    bool finite = true;
    for (int64_t n = 0; n < length; ++n) {
      const auto at = static_cast<size_t>((first + n) * parts);
      const double weight = window == nullptr ? 1.0 : window->data[static_cast<size_t>(n)];
      frame.emplace_back(x.data[at] * weight, parts == 2 ? x.data[at + 1] * weight : 0.0);
      finite = finite && std::isfinite(frame.back().real()) && std::isfinite(frame.back().imag());
    }
    for (int64_t k = 0; k < bins; ++k) {
      Complex sum = finite ? Complex() : Complex(std::nan(""), std::nan(""));
      for (int64_t n = 0; n < length && finite; ++n) {
        const double turn = -2 * std::numbers::pi * static_cast<double>(k * n % length) /
                            static_cast<double>(length);
        sum += frame[static_cast<size_t>(n)] * std::polar(1.0, turn);
      }
      const auto at = static_cast<size_t>((i * bins + k) * 2);
      y.data[at] = sum.real();
      y.data[at + 1] = sum.imag();
    }
  }
}

CaseOperand number(int64_t value) {
  return {.dtype = DType::i64, .shape = {}, .fill = Fill::position, .limit = value};
}

std::vector<OpCase> cases() {
  const auto x = floats({2, 70, 1});
  std::vector<OpCase> all{
      {"window", StftAttrs{}, {x, number(8), floats({16})}},
      {"length", StftAttrs{}, {x, number(7), absent(), number(15)}},
      {"both", StftAttrs{false}, {floats({1, 40, 2}), number(5), floats({12}), number(12)}},
      {"whole", StftAttrs{}, {floats({1, 9, 1}), number(1)}}};
  for (OpCase& c : all) c.tolerance_ulps = 64;
  return all;
}

std::vector<BadCase> bad_cases() {
  const auto x = floats({2, 70, 1});
  return {{"C1", StftAttrs{}, {typed(DType::i32, {2, 70, 1}), number(8)}},
          {"C1", StftAttrs{}, {x, floats({})}},
          {"C2", StftAttrs{}, {floats({2, 70}), number(8)}},
          {"C2", StftAttrs{}, {floats({2, 70, 2}), number(8)}},
          {"C2", StftAttrs{}, {x, number(8), floats({16}), number(15)}},
          {"C3", StftAttrs{}, {x, number(0)}},
          {"C3", StftAttrs{}, {x, number(8), absent(), number(71)}}};
}

}  // namespace

const OpSemantics& stft_semantics() {
  static const OpSemantics kSemantics{&stft_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
