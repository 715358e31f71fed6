#include "ops/rope/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  const bool adjacent = args.attrs.as<RopeAttrs>().pairs == RopePairs::adjacent;
  const HostTensor &x = *args.operands[0], &table = *args.operands[1];
  HostTensor& y = args.results[0];
  y.data = x.data;
  const int64_t heads = x.shape[1], pairs = table.back() / 2;
  for (int64_t row = 0; row < x.rows(); ++row) {  // [token, head]
    for (int64_t i = 0; i < pairs; ++i) {
      const int64_t first = adjacent ? 2 * i : i, second = adjacent ? 2 * i + 1 : pairs + i;
      const double cosine = table.at(row / heads, 2 * i), sine = table.at(row / heads, 2 * i + 1);
      y.at(row, first) = x.at(row, first) * cosine - x.at(row, second) * sine;
      y.at(row, second) = x.at(row, first) * sine + x.at(row, second) * cosine;
    }
  }
}

std::vector<OpCase> cases() {
  return {
      {"adjacent", RopeAttrs{RopePairs::adjacent}, {floats({3, 2, 16}), floats({3, 16})}},
      {"halves", RopeAttrs{RopePairs::halves}, {floats({3, 2, 16}), floats({3, 16})}},
      {"partial", RopeAttrs{RopePairs::halves}, {floats({3, 2, 16}), floats({3, 6})}},
  };
}

std::vector<BadCase> bad_cases() {
  const RopeAttrs attrs;
  return {{"C1", attrs, {floats({3, 16}), floats({3, 16})}},
          {"C1", attrs, {typed(DType::f16, {3, 2, 16}), floats({3, 16})}},
          {"C2", attrs, {floats({3, 2, 16}), floats({3, 18})}},
          {"C2", attrs, {floats({3, 2, 16}), floats({3, 5})}},
          {"C2", attrs, {floats({3, 2, 16}), floats({2, 16})}}};
}

}  // namespace

const OpSemantics& rope_semantics() {
  static const OpSemantics kSemantics{&rope_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
