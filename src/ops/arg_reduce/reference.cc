#include "ops/arg_reduce/op.h"

#include "ops/list.h"
#include "ops/shape_rules.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;
using Kind = ArgReduceAttrs::Kind;

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<ArgReduceAttrs>();
  const HostTensor& x = *args.operands[0];
  const size_t axis = *find_axis(attrs.axis, x.shape.size());
  size_t inner = 1;
  for (size_t i = axis + 1; i < x.shape.size(); ++i) inner *= static_cast<size_t>(x.shape[i]);
  const auto size = static_cast<size_t>(x.shape[axis]);
  std::vector<double>& y = args.results[0].data;
  for (size_t r = 0; r < y.size(); ++r) {
    const double* first = &x.data[r / inner * size * inner + r % inner];
    size_t best = 0;
    for (size_t i = 1; i < size; ++i) {
      const double a = first[i * inner], b = first[best * inner];
      const bool beats = attrs.kind == Kind::max ? a > b : a < b;
      if (beats || (attrs.last && a == b)) best = i;
    }
    y[r] = static_cast<double>(best);
  }
}

std::vector<OpCase> cases() {
  const CaseOperand ties = {
      .dtype = DType::i32, .shape = {3, 40, 2}, .fill = Fill::index, .limit = 5};
  return {{"last_axis", ArgReduceAttrs{Kind::max, -1}, {floats({5, 33})}},
          {"middle", ArgReduceAttrs{Kind::min, 1, false}, {floats({2, 7, 300})}},
          {"front", ArgReduceAttrs{Kind::max, 0}, {floats({9, 4})}},
          {"one", ArgReduceAttrs{}, {floats({1})}},
          {"ties_first", ArgReduceAttrs{Kind::max, 1}, {ties}},
          {"ties_last", ArgReduceAttrs{Kind::min, 1, true, true}, {ties}},
          {"f64", ArgReduceAttrs{Kind::max, 1}, {typed(DType::f64, {2, 5})}}};
}

std::vector<BadCase> bad_cases() {
  return {{"C1", ArgReduceAttrs{}, {typed(DType::boolean, {3})}},
          {"C2", ArgReduceAttrs{Kind::max, 2}, {floats({3, 4})}},
          {"C2", ArgReduceAttrs{Kind::max, 1}, {floats({3, 0})}}};
}

}  // namespace

const OpSemantics& arg_reduce_semantics() {
  static const OpSemantics kSemantics{&arg_reduce_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
