#include "ops/top_k/op.h"

#include <cmath>

#include "ops/list.h"
#include "ops/shape_rules.h"
#include "reference/case_operands.h"
#include "reference/walk.h"

namespace hone {
namespace {

using namespace ir;
using Of = TopKAttrs;

bool larger(double a, double b) { return std::isnan(a) ? !std::isnan(b) : a > b; }

// An element's rank is the number of those that beat it, or equal it and come before it.
void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<Of>();
  const HostTensor& x = *args.operands[0];
  HostTensor& y = args.results[0];
  const size_t axis = find_axis(attrs.axis, x.shape.size()).value();
  for_each_index(x.shape, [&](const Index& at) {
    const double own = x.data[place_of(x, at)];
    int64_t rank = 0;
    for (int64_t i = 0; i < x.shape[axis]; ++i) {
      Index other = at;
      other[axis] = i;
      const double value = x.data[place_of(x, other)];
      const bool beats = attrs.largest ? larger(value, own) : larger(own, value);
      const bool equals = !larger(value, own) && !larger(own, value);
      rank += beats || (equals && i < at[axis]);
    }
    Index target = at;
    target[axis] = rank;
    if (rank < y.shape[axis]) y.data[place_of(y, target)] = static_cast<double>(at[axis]);
  });
}

std::vector<OpCase> cases() {
  const CaseOperand k{.dtype = DType::i64, .shape = {1}, .fill = Fill::position, .limit = 3};
  const CaseOperand ties{.dtype = DType::i32, .shape = {4, 50}, .fill = Fill::index, .limit = 9};
  return {{"rows", Of{-1, true, 5}, {floats({7, 100})}},
          {"columns", Of{0, true, 2}, {floats({9, 5})}},
          {"smallest", Of{1, false, 3}, {floats({3, 9, 2})}},
          {"all", Of{-1, true, 17}, {floats({3, 17})}},
          {"none", Of{-1, true, 0}, {floats({3, 17})}},
          {"operand", Of{}, {floats({3, 17}), k}},
          {"ties", Of{-1, true, 20}, {ties}},
          {"ties_smallest", Of{-1, false, 20}, {ties}},
          {"wide", Of{-1, true, 2}, {typed(DType::f64, {3, 17})}}};
}

std::vector<BadCase> bad_cases() {
  return {{"C1", Of{}, {typed(DType::boolean, {3})}},
          {"C2", Of{1}, {floats({3})}},
          {"C3", Of{0, true, 4}, {floats({3})}},
          {"C3", Of{0, true, -1}, {floats({3})}},
          {"C3", Of{}, {floats({3}), floats({1})}},
          {"C3", Of{}, {floats({3}), typed(DType::i64, {2})}}};
}

}  // namespace

const OpSemantics& top_k_semantics() {
  static const OpSemantics kSemantics{&top_k_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
