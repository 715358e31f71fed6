#include "ops/cast/op.h"

#include <cmath>

#include "ops/list.h"
#include "ops/shape_rules.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

double converted(DType to, double x) {
  if (to == DType::boolean) return x != 0;
  if (is_float(to)) return x;
  const auto wrapped = [&](double count, double least) {
    const double whole = std::trunc(x) - least;
    return whole - std::floor(whole / count) * count + least;
  };
  switch (to) {
    case DType::i2:
      return wrapped(4, -2);
    case DType::u2:
      return wrapped(4, 0);
    case DType::i4:
      return wrapped(16, -8);
    case DType::u4:
      return wrapped(16, 0);
    default:
      return std::isnan(x) ? 0.0 : std::trunc(x);
  }
}

void reference(const ReferenceArgs& args) {
  HostTensor& y = args.results[0];
  for (size_t i = 0; i < y.data.size(); ++i) {
    y.data[i] = converted(y.dtype, args.operands[0]->data[i]);
  }
}

std::vector<OpCase> cases() {
  const CaseOperand numbers{
      .dtype = DType::i32, .shape = {3, 17}, .fill = Fill::index, .limit = 1000};
  std::vector<OpCase> all{{"same", CastAttrs{"f32"}, {floats({3, 17})}},
                          {"truncated", CastAttrs{"i32"}, {typed(DType::f16, {3, 17})}},
                          {"truth", CastAttrs{"boolean"}, {numbers}},
                          {"half", CastAttrs{"f16"}, {numbers}}};
  for (const std::string_view to : {"i2", "u2", "i4", "u4"}) {
    all.push_back({cat("to_", to), CastAttrs{std::string(to)}, {numbers}});
    all.push_back({cat("f16_to_", to), CastAttrs{std::string(to)}, {typed(DType::f16, {3, 17})}});
  }
  return all;
}

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
