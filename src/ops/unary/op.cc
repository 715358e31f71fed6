#include "ops/unary/op.h"

#include "ir/case_operands.h"
#include "ops/list.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  const UnaryKind kind = args.attrs.as<UnaryAttrs>().kind;
  const std::vector<double>& x = args.operands[0]->data;
  for (size_t i = 0; i < x.size(); ++i) args.results[0].data[i] = unary_value(kind, x[i]);
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  for (size_t kind = 0; kind < std::size(kUnaryKindNames); ++kind) {
    for (const int64_t count : {1, 31, 160}) {
      all.push_back({cat(kUnaryKindNames[kind], "_", count),
                     UnaryAttrs{static_cast<UnaryKind>(kind)},
                     {floats({count})}});
    }
  }
  return all;
}

std::vector<BadCase> bad_cases() {
  return {{"C1", UnaryAttrs{}, {typed(DType::i32, {3})}},
          {"C1", UnaryAttrs{}, {typed(DType::f16, {3})}}};
}

}  // namespace

const OpSemantics& unary_semantics() {
  static const OpSemantics kSemantics{&unary_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
