#include "ops/reduce/op.h"

#include <cmath>
#include <limits>

#include "ops/list.h"
#include "ops/shape_rules.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;
using Kind = ReduceKind;

double value_of(Kind kind, const std::vector<double>& x) {
  const auto n = static_cast<double>(x.size());
  double sum = 0, absolute = 0, squares = 0, product = 1;
  double most = -std::numeric_limits<double>::infinity(), least = -most;
  for (const double v : x) {
    sum += v;
    absolute += std::abs(v);
    squares += v * v;
    product *= v;
    most = v > most || std::isnan(v) ? v : most;
    least = v < least || std::isnan(v) ? v : least;
  }
  double powers = 0;
  for (const double v : x) powers += std::exp(v - most);
  switch (kind) {
    case Kind::sum:
      return sum;
    case Kind::mean:
      return sum / n;
    case Kind::max:
      return most;
    case Kind::min:
      return least;
    case Kind::prod:
      return product;
    case Kind::l1:
      return absolute;
    case Kind::l2:
      return std::sqrt(squares);
    case Kind::log_sum:
      return std::log(sum);
    case Kind::log_sum_exp:
      return std::isfinite(most) ? most + std::log(powers) : most;
    case Kind::sum_square:
      return squares;
  }
  return 0;
}

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<ReduceAttrs>();
  const HostTensor& x = *args.operands[0];
  ReduceAttrs given = attrs;
  if (args.operands[1] != nullptr) {
    given.axes.assign(args.operands[1]->data.begin(), args.operands[1]->data.end());
  }
  const std::vector<bool> reduced = *reduced_axes(given, nullptr, x.shape.size());
  std::vector<std::vector<double>> groups(args.results[0].data.size());
  for (size_t i = 0; i < x.data.size(); ++i) {
    size_t rest = i, at = 0, step = 1;
    for (size_t axis = x.shape.size(); axis-- > 0;) {
      const auto size = static_cast<size_t>(x.shape[axis]);
      if (!reduced[axis]) {
        at += rest % size * step;
        step *= size;
      }
      rest /= size;
    }
    groups[at].push_back(x.data[i]);
  }
  for (size_t i = 0; i < groups.size(); ++i) {
    const double value = value_of(attrs.kind, groups[i]);
    args.results[0].data[i] = is_integer(x.dtype) ? std::trunc(value) : value;
  }
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  for (size_t i = 0; i < std::size(kReduceKindNames); ++i) {
    const auto kind = static_cast<Kind>(i);
    const std::string_view name = kReduceKindNames[i];
    const auto numbers = [&](std::vector<int64_t> shape) {
      return kind == Kind::log_sum ? positive(std::move(shape)) : floats(std::move(shape));
    };
    all.push_back({cat(name, "_last"), ReduceAttrs{kind, {-1}}, {numbers({3, 77}), absent()}});
    all.push_back(
        {cat(name, "_front"), ReduceAttrs{kind, {0}, false}, {numbers({70, 35}), absent()}});
    all.push_back({cat(name, "_middle"), ReduceAttrs{kind, {1}}, {numbers({2, 5, 17}), absent()}});
    all.push_back(
        {cat(name, "_ends"), ReduceAttrs{kind, {0, 2}, false}, {numbers({3, 2, 19}), absent()}});
    all.push_back({cat(name, "_all"), ReduceAttrs{kind}, {numbers({2, 3, 5}), absent()}});
    all.push_back(
        {cat(name, "_none"), ReduceAttrs{kind, {}, true, true}, {numbers({2, 9}), absent()}});
    CaseOperand wide = numbers({3, 4, 5}), whole = numbers({4, 6});
    wide.dtype = DType::f64;
    whole.dtype = DType::i32;
    whole.fill = Fill::index;
    whole.limit = 4;
    all.push_back({cat(name, "_f64"), ReduceAttrs{kind, {1}}, {wide, absent()}});
    if (kind == Kind::log_sum) continue;  // may be the logarithm of nothing
    all.push_back({cat(name, "_i32"), ReduceAttrs{kind, {1}}, {whole, absent()}});
  }
  all.push_back({"long", ReduceAttrs{Kind::sum, {1}}, {floats({2, 9000}), absent()}});
  all.push_back({"wide", ReduceAttrs{Kind::mean, {0}}, {floats({3, 1100}), absent()}});
  all.push_back({"operand", ReduceAttrs{Kind::sum}, {floats({4, 3}), indices(1, 1)}});
  all.push_back({"empty", ReduceAttrs{Kind::sum, {1}}, {floats({4, 0}), absent()}});
  all.push_back(
      {"boolean", ReduceAttrs{Kind::max, {1}}, {typed(DType::boolean, {4, 2}), absent()}});
  return all;
}

std::vector<BadCase> bad_cases() {
  const auto x = floats({3, 4});
  return {{"C1", ReduceAttrs{}, {typed(DType::boolean, {3, 4}), absent()}},
          {"C2", ReduceAttrs{Kind::sum, {2}}, {x, absent()}},
          {"C2", ReduceAttrs{Kind::sum, {1, -1}}, {x, absent()}},
          {"C3", ReduceAttrs{}, {x, floats({1})}},
          {"C3", ReduceAttrs{}, {x, typed(DType::i64, {1, 1})}}};
}

}  // namespace

const OpSemantics& reduce_semantics() {
  static const OpSemantics kSemantics{&reduce_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
