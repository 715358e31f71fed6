#include "ops/softmax/op.h"

#include <cmath>

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;
using Kind = SoftmaxAttrs::Kind;

void column(Kind kind, const double* x, int64_t size, int64_t stride, double* y) {
  int64_t best = 0;
  for (int64_t i = 1; i < size; ++i) {
    if (x[i * stride] > x[best * stride]) best = i;
  }
  double total = 0;
  for (int64_t i = 0; i < size; ++i) total += std::exp(x[i * stride] - x[best * stride]);
  for (int64_t i = 0; i < size; ++i) {
    const double above = x[i * stride] - x[best * stride];
    y[i * stride] = i == best ? 1 : 0;
    if (kind == Kind::softmax) y[i * stride] = std::exp(above) / total;
    if (kind == Kind::log_softmax) y[i * stride] = above - std::log(total);
  }
}

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<SoftmaxAttrs>();
  const HostTensor& x = *args.operands[0];
  const auto [outer, size, inner] = softmax_sizes(attrs, x.shape);
  for (int64_t i = 0; i < outer * inner; ++i) {
    const int64_t at = i / inner * size * inner + i % inner;
    column(attrs.kind, x.data.data() + at, size, inner, args.results[0].data.data() + at);
  }
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  for (const Kind kind : {Kind::softmax, Kind::log_softmax, Kind::hardmax}) {
    const std::string_view name = kSoftmaxKindNames[static_cast<size_t>(kind)];
    for (const int64_t size : {1, 15, 32, 77}) {
      all.push_back({cat(name, "_", size), SoftmaxAttrs{kind}, {floats({3, size})}});
    }
    all.push_back({cat(name, "_front"), SoftmaxAttrs{kind, 0}, {floats({5, 150})}});
    all.push_back({cat(name, "_middle"), SoftmaxAttrs{kind, 1}, {floats({2, 3, 19})}});
    all.push_back({cat(name, "_to_end"), SoftmaxAttrs{kind, 1, true}, {floats({2, 3, 5})}});
    all.push_back({cat(name, "_f64"), SoftmaxAttrs{kind, 1}, {typed(DType::f64, {2, 3, 5})}});
  }
  return all;
}

std::vector<BadCase> bad_cases() {
  return {{"C1", SoftmaxAttrs{}, {typed(DType::i32, {3})}},
          {"C2", SoftmaxAttrs{Kind::softmax, 2}, {floats({3, 4})}},
          {"C2", SoftmaxAttrs{Kind::softmax, 3, true}, {floats({3, 4})}}};
}

}  // namespace

const OpSemantics& softmax_semantics() {
  static const OpSemantics kSemantics{&softmax_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
