#include "ops/det/op.h"

#include <algorithm>
#include <cmath>

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

// Laplace's expansion along the first row.
double determinant(const std::vector<double>& m, size_t n) {
  if (n == 0) return 1;
  double value = 0;
  for (size_t column = 0; column < n; ++column) {
    std::vector<double> minor;
    for (size_t i = n; i < n * n; ++i) {
      if (i % n != column) minor.push_back(m[i]);
    }
    value += (column % 2 == 0 ? 1 : -1) * m[column] * determinant(minor, n - 1);
  }
  return value;
}

void reference(const ReferenceArgs& args) {
  const HostTensor& x = *args.operands[0];
  const auto n = static_cast<size_t>(x.back());
  for (size_t i = 0; i < args.results[0].data.size(); ++i) {
    const auto from = x.data.begin() + static_cast<std::ptrdiff_t>(i * n * n);
    const std::vector<double> m(from, from + static_cast<std::ptrdiff_t>(n * n));
    const bool finite = std::ranges::all_of(m, [](double v) { return std::isfinite(v); });
    args.results[0].data[i] = finite ? determinant(m, n) : std::nan("");
  }
}

std::vector<OpCase> cases() {
  return {{"one", NoAttrs{}, {floats({1, 1})}},
          {"batch", NoAttrs{}, {floats({2, 3, 4, 4})}},
          {"six", NoAttrs{}, {floats({6, 6})}},
          {"f64", NoAttrs{}, {typed(DType::f64, {2, 5, 5})}}};
}

std::vector<BadCase> bad_cases() {
  return {{"C1", NoAttrs{}, {typed(DType::i32, {2, 2})}},
          {"C1", NoAttrs{}, {floats({2, 3})}},
          {"C1", NoAttrs{}, {floats({3})}}};
}

}  // namespace

const OpSemantics& det_semantics() {
  static const OpSemantics kSemantics{&det_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
