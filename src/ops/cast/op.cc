#include "ops/cast/op.h"

#include <cmath>

#include "ir/case_operands.h"
#include "ops/list.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  HostTensor& y = args.results[0];
  for (size_t i = 0; i < y.data.size(); ++i) {
    const double x = args.operands[0]->data[i];
    y.data[i] = y.dtype == DType::boolean ? x != 0 : is_float(y.dtype) ? x : std::trunc(x);
  }
}

std::vector<OpCase> cases() { return {{"same", CastAttrs{"f32"}, {floats({3, 17})}}}; }

std::vector<BadCase> bad_cases() {
  return {{"C1", CastAttrs{"q8_0"}, {floats({3, 32})}},
          {"C1", CastAttrs{"nothing"}, {floats({3, 17})}},
          {"C1", CastAttrs{"f32"}, {blocks(DType::q8_0, {3, 32})}}};
}

}  // namespace

const OpSemantics& cast_semantics() {
  static const OpSemantics kSemantics{&cast_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
