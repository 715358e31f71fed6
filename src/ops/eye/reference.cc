#include "ops/eye/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  HostTensor& y = args.results[0];
  const int64_t diagonal = args.attrs.as<EyeAttrs>().diagonal;
  for (int64_t row = 0; row < y.rows(); ++row) {
    for (int64_t c = 0; c < y.back(); ++c) y.at(row, c) = c - row == diagonal;
  }
}

std::vector<OpCase> cases() {
  return {{"same", EyeAttrs{}, {floats({5, 5})}},
          {"wide", EyeAttrs{"", 2}, {floats({4, 17})}},
          {"tall", EyeAttrs{"i64", -3}, {floats({9, 4})}},
          {"far", EyeAttrs{"boolean", 40}, {typed(DType::i32, {9, 4})}},
          {"very_far", EyeAttrs{"f64", INT64_MIN}, {typed(DType::u8, {9, 4})}}};
}

std::vector<BadCase> bad_cases() {
  return {{"C1", EyeAttrs{}, {floats({5})}},
          {"C2", EyeAttrs{"q8_0"}, {floats({5, 5})}},
          {"C2", EyeAttrs{"?"}, {floats({5, 5})}}};
}

}  // namespace

const OpSemantics& eye_semantics() {
  static const OpSemantics kSemantics{&eye_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
