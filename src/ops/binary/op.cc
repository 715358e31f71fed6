#include "ops/binary/op.h"

#include <cmath>

#include "ir/case_operands.h"
#include "ops/list.h"

namespace hone {
namespace {

using namespace ir;

double value(BinaryKind kind, double a, double b) {
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
      return a < b || std::isnan(a) ? a : b;
    case BinaryKind::max:
      return a > b || std::isnan(a) ? a : b;
  }
  return a;
}

void reference(const ReferenceArgs& args) {
  const BinaryKind kind = args.attrs.as<BinaryAttrs>().kind;
  const std::vector<double>&a = args.operands[0]->data, &b = args.operands[1]->data;
  for (size_t i = 0; i < a.size(); ++i) {
    args.results[0].data[i] = value(kind, a[i], b[i % b.size()]);
  }
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  for (size_t kind = 0; kind < std::size(kBinaryKindNames); ++kind) {
    const BinaryAttrs attrs{static_cast<BinaryKind>(kind)};
    const std::string_view name = kBinaryKindNames[kind];
    all.push_back({cat(name, "_same"), attrs, {floats({3, 17}), positive({3, 17})}});
    all.push_back({cat(name, "_row"), attrs, {floats({3, 17}), positive({17})}});
    all.push_back({cat(name, "_one"), attrs, {floats({3, 17}), positive({1})}});
  }
  return all;
}

std::vector<BadCase> bad_cases() {
  const BinaryAttrs attrs;
  return {{"C1", attrs, {typed(DType::i32, {3, 4}), floats({4})}},
          {"C1", attrs, {floats({3, 4}), typed(DType::f16, {4})}},
          {"C2", attrs, {floats({3, 4}), floats({3})}},
          {"C2", attrs, {floats({3, 4}), floats({3, 1})}},
          {"C2", attrs, {floats({4}), floats({3, 4})}}};
}

}  // namespace

const OpSemantics& binary_semantics() {
  static const OpSemantics kSemantics{&binary_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
