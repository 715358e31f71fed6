#include "ops/range/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  for (size_t i = 0; i < args.results[0].data.size(); ++i) {
    args.results[0].data[i] =
        args.operands[0]->data[0] + static_cast<double>(i) * args.operands[2]->data[0];
  }
}

CaseOperand number(DType dtype, int64_t value, std::vector<int64_t> shape = {}) {
  return {.dtype = dtype, .shape = std::move(shape), .fill = Fill::position, .limit = value};
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  for (const DType dtype : {DType::i64, DType::i32, DType::i16, DType::f32, DType::f64}) {
    const auto of = [&](int64_t value) { return number(dtype, value); };
    const std::string name(name_of(dtype));
    all.push_back({name + "_up", RangeAttrs{}, {of(-3), of(70), of(2)}});
    all.push_back({name + "_down", RangeAttrs{}, {of(5), of(-6), of(-3)}});
  }
  all.push_back({"one_axis",
                 RangeAttrs{},
                 {number(DType::i64, 0, {1}), number(DType::i64, 9), number(DType::i64, 1)}});
  return all;
}

std::vector<BadCase> bad_cases() {
  const auto of = [](int64_t value) { return number(DType::i64, value); };
  return {{"C1", RangeAttrs{}, {of(0), number(DType::i32, 5), of(1)}},
          {"C1", RangeAttrs{}, {of(0), number(DType::i64, 5, {2}), of(1)}},
          {"C1", RangeAttrs{}, {typed(DType::boolean, {}), of(5), of(1)}},
          {"C2", RangeAttrs{}, {of(0), of(5), of(0)}},
          {"C2", RangeAttrs{}, {of(0), of(INT64_MAX), of(1)}}};
}

}  // namespace

const OpSemantics& range_semantics() {
  static const OpSemantics kSemantics{&range_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
