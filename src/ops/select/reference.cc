#include "ops/select/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"
#include "reference/walk.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  HostTensor& y = args.results[0];
  for_each_index(y.shape, [&](const Index& index) {
    const bool first = broadcast_at(*args.operands[0], index) != 0;
    y.data[place_of(y, index)] = broadcast_at(*args.operands[first ? 1 : 2], index);
  });
}

CaseOperand condition(std::vector<int64_t> shape) {
  return {.dtype = DType::boolean, .shape = std::move(shape), .fill = Fill::index, .limit = 2};
}

std::vector<OpCase> cases() {
  return {
      {"same", SelectAttrs{}, {condition({5, 37}), floats({5, 37}), floats({5, 37})}},
      {"mask", SelectAttrs{}, {condition({1, 1, 5, 7}), floats({2, 3, 5, 7}), floats({})}},
      {"mask_other", SelectAttrs{}, {condition({5, 7}), floats({1}), floats({3, 5, 7})}},
      {"by_row", SelectAttrs{}, {condition({5, 1}), floats({5, 37}), floats({37})}},
      {"columns", SelectAttrs{}, {condition({5, 37}), floats({5, 1}), floats({1, 1})}},
      {"long", SelectAttrs{}, {condition({40000}), floats({40000}), floats({40000})}},
      {"ints", SelectAttrs{}, {condition({3}), typed(DType::i64, {2, 3}), typed(DType::i64, {1})}},
      {"bytes",
       SelectAttrs{},
       {condition({2, 1}), typed(DType::u8, {2, 3}), typed(DType::u8, {3})}}};
}

std::vector<BadCase> bad_cases() {
  return {{"C1", SelectAttrs{}, {floats({3}), floats({3}), floats({3})}},
          {"C2", SelectAttrs{}, {condition({3}), floats({3}), typed(DType::i32, {3})}},
          {"C3", SelectAttrs{}, {condition({2}), floats({3}), floats({3})}},
          {"C3", SelectAttrs{}, {condition({3}), floats({2}), floats({3})}}};
}

}  // namespace

const OpSemantics& select_semantics() {
  static const OpSemantics kSemantics{&select_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
