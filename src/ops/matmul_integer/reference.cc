#include "ops/matmul_integer/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

struct Matrices {
  int64_t rows, inner, columns;
  std::vector<int64_t> front;

  // Where the matrix of `x` begins that belongs to matrix `index` of the result.
  int64_t offset(const HostTensor& x, int64_t index, int64_t elements) const {
    int64_t at = 0, step = elements;
    const size_t own = x.shape.size() < 2 ? 0 : x.shape.size() - 2;
    for (size_t i = 0; i < front.size(); ++i) {
      const int64_t place = index % front[front.size() - 1 - i];
      index /= front[front.size() - 1 - i];
      if (i >= own) continue;
      const int64_t size = x.shape[own - 1 - i];
      if (size > 1) at += place * step;
      step *= size;
    }
    return at;
  }
};

double zero_at(const HostTensor* zero, int64_t matrix, int64_t count, int64_t i) {
  if (zero == nullptr) return 0;
  if (zero->data.size() == 1) return zero->data[0];
  return zero->data[static_cast<size_t>(zero->shape.size() == 1 ? i : matrix * count + i)];
}

void reference(const ReferenceArgs& args) {
  const HostTensor &a = *args.operands[0], &b = *args.operands[1];
  HostTensor& y = args.results[0];
  Matrices m{.rows = a.shape.size() < 2 ? 1 : a.shape[a.shape.size() - 2],
             .inner = a.back(),
             .columns = b.shape.size() < 2 ? 1 : b.back(),
             .front = y.shape};
  m.front.resize(y.shape.size() - (a.shape.size() > 1) - (b.shape.size() > 1));
  const int64_t size = m.rows * m.columns;
  for (size_t i = 0; i < y.data.size(); ++i) {
    const auto index = static_cast<int64_t>(i);
    const int64_t row = index % size / m.columns, column = index % m.columns;
    const int64_t at_a = m.offset(a, index / size, m.rows * m.inner);
    const int64_t at_b = m.offset(b, index / size, m.inner * m.columns);
    const double za = zero_at(args.operands[2], at_a / (m.rows * m.inner), m.rows, row);
    const double zb = zero_at(args.operands[3], at_b / (m.inner * m.columns), m.columns, column);
    double sum = 0;
    for (int64_t k = 0; k < m.inner; ++k) {
      sum += (a.data[static_cast<size_t>(at_a + row * m.inner + k)] - za) *
             (b.data[static_cast<size_t>(at_b + k * m.columns + column)] - zb);
    }
    y.data[i] = sum;
  }
}

CaseOperand codes(DType dtype, std::vector<int64_t> shape) {
  return {.dtype = dtype, .shape = std::move(shape), .fill = Fill::index, .limit = 128};
}

std::vector<OpCase> cases() {
  const DType u = DType::u8, s = DType::i8;
  std::vector<OpCase> all{
      {"plain", {}, {codes(u, {3, 17}), codes(s, {17, 33})}},
      {"one", {}, {codes(s, {1, 1}), codes(s, {1, 1})}},
      {"zeros", {}, {codes(u, {5, 16}), codes(u, {16, 64}), codes(u, {}), codes(u, {1})}},
      {"fours", {}, {codes(s, {2, 9, 64}), codes(s, {64, 40}), codes(s, {1}), absent()}},
      {"by_row", {}, {codes(s, {5, 7}), codes(u, {7, 9}), codes(s, {5}), codes(u, {9})}},
      {"batches", {}, {codes(u, {2, 1, 6, 40}), codes(s, {3, 40, 20}), codes(u, {}), absent()}},
      {"batch_zeros",
       {},
       {codes(u, {2, 4, 5}), codes(s, {2, 5, 6}), codes(u, {2, 4, 1}), codes(s, {2, 1, 6})}},
      {"signed_rows", {}, {codes(s, {40, 128}), codes(s, {128, 40}), codes(s, {1}), absent()}},
      {"odd_rows", {}, {codes(u, {33, 70}), codes(u, {70, 50}), codes(u, {}), codes(u, {1})}},
      {"vector", {}, {codes(u, {7}), codes(s, {2, 7, 5})}},
      {"dot", {}, {codes(u, {2, 3, 7}), codes(s, {7})}},
      {"many_rows", {}, {codes(u, {37, 70}), codes(s, {70, 300}), codes(u, {}), codes(s, {300})}}};
  for (OpCase& c : all) c.tolerance_ulps = 0;
  return all;
}

std::vector<BadCase> bad_cases() {
  const CaseOperand a = typed(DType::u8, {3, 4}), b = typed(DType::i8, {4, 5});
  return {{"C1", {}, {floats({3, 4}), b}},
          {"C1", {}, {a, b, typed(DType::i8, {})}},
          {"C2", {}, {a, typed(DType::i8, {5, 4})}},
          {"C2", {}, {typed(DType::u8, {}), b}},
          {"C2", {}, {typed(DType::u8, {2, 3, 4}), typed(DType::i8, {3, 4, 5})}},
          {"C3", {}, {a, b, typed(DType::u8, {4})}},
          {"C3", {}, {a, b, absent(), typed(DType::i8, {4})}}};
}

}  // namespace

const OpSemantics& matmul_integer_semantics() {
  static const OpSemantics kSemantics{&matmul_integer_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
