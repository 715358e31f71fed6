#include "ops/unary/op.h"

#include <algorithm>

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<UnaryAttrs>();
  const std::vector<double>& x = args.operands[0]->data;
  for (size_t i = 0; i < x.size(); ++i) {
    const double y = unary_value(attrs, x[i]);
    args.results[0].data[i] = args.results[0].dtype == DType::i8 ? std::clamp(y, -128.0, 127.0) : y;
  }
}

// Numbers for which the function has a value.
CaseOperand argument(UnaryKind kind, int64_t count) {
  switch (kind) {
    case UnaryKind::acosh:
      return {.shape = {count}, .fill = Fill::position, .limit = 1};
    case UnaryKind::reciprocal:
    case UnaryKind::log:
    case UnaryKind::sqrt:
      return positive({count});
    case UnaryKind::asin:
    case UnaryKind::acos:
    case UnaryKind::atanh:
      return fractions({count});
    default:
      return floats({count});
  }
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  for (size_t i = 0; i < std::size(kUnaryKindNames); ++i) {
    const UnaryAttrs attrs{static_cast<UnaryKind>(i), 0.75f, 0.375f};
    const std::string_view name = kUnaryKindNames[i];
    if (attrs.kind == UnaryKind::bit_not || attrs.kind == UnaryKind::logic_not) continue;
    for (const int64_t count : {1, 31, 160}) {
      all.push_back({cat(name, "_", count), attrs, {argument(attrs.kind, count)}});
    }
    if (is_test(attrs.kind)) continue;
    CaseOperand wide = argument(attrs.kind, 33);
    wide.dtype = DType::f64;
    all.push_back({cat(name, "_f64"), attrs, {wide}});
  }
  for (const UnaryKind kind : {UnaryKind::abs, UnaryKind::neg, UnaryKind::sign, UnaryKind::relu,
                               UnaryKind::shrink, UnaryKind::bit_not}) {
    const std::string_view name = kUnaryKindNames[static_cast<size_t>(kind)];
    all.push_back({cat(name, "_i8"), UnaryAttrs{kind}, {typed(DType::i8, {40})}});
    all.push_back({cat(name, "_i64"), UnaryAttrs{kind}, {typed(DType::i64, {40})}});
  }
  all.push_back({"shrink_clamped",
                 UnaryAttrs{UnaryKind::shrink, 0.5f, -1e30f},
                 {{.dtype = DType::i8, .shape = {9}, .fill = Fill::position, .limit = 1}}});
  all.push_back({"logic_not", UnaryAttrs{UnaryKind::logic_not}, {typed(DType::boolean, {9})}});
  return all;
}

std::vector<BadCase> bad_cases() {
  return {{"C1", UnaryAttrs{}, {typed(DType::i32, {3})}},
          {"C1", UnaryAttrs{UnaryKind::neg}, {typed(DType::boolean, {3})}},
          {"C1", UnaryAttrs{UnaryKind::bit_not}, {floats({3})}},
          {"C1", UnaryAttrs{UnaryKind::is_nan}, {typed(DType::i8, {3})}},
          {"C1", UnaryAttrs{UnaryKind::logic_not}, {floats({3})}}};
}

}  // namespace

const OpSemantics& unary_semantics() {
  static const OpSemantics kSemantics{&unary_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
