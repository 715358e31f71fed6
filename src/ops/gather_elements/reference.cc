#include "ops/gather_elements/op.h"

#include "ops/list.h"
#include "ops/shape_rules.h"
#include "reference/case_operands.h"
#include "reference/walk.h"

namespace hone {
namespace {

using namespace ir;
using Of = GatherElementsAttrs;

void reference(const ReferenceArgs& args) {
  const HostTensor &x = *args.operands[0], &index = *args.operands[1];
  HostTensor& y = args.results[0];
  const size_t axis = find_axis(args.attrs.as<Of>().axis, x.shape.size()).value();
  for_each_index(y.shape, [&](const Index& at) {
    Index source = at;
    source[axis] = static_cast<int64_t>(index.data[place_of(index, at)]);
    if (source[axis] < 0) source[axis] += x.shape[axis];
    y.data[place_of(y, at)] = x.data[place_of(x, source)];
  });
}

CaseOperand index(DType dtype, std::vector<int64_t> shape, int64_t limit) {
  return {.dtype = dtype, .shape = std::move(shape), .fill = Fill::index, .limit = limit};
}

std::vector<OpCase> cases() {
  const CaseOperand last{.dtype = DType::i64, .shape = {3}, .fill = Fill::position, .limit = -3};
  return {{"columns", Of{1}, {floats({5, 20}), index(DType::i64, {4, 33}, 20)}},
          {"rows", Of{0}, {floats({20, 7}), index(DType::i32, {9, 6}, 20)}},
          {"middle", Of{-2}, {floats({2, 9, 5}), index(DType::i64, {2, 3, 4}, 9)}},
          {"negative", Of{0}, {floats({6}), last}},
          {"bytes", Of{1}, {typed(DType::u8, {3, 9}), index(DType::i64, {3, 2}, 9)}},
          {"wide", Of{1}, {typed(DType::i64, {3, 9}), index(DType::i64, {3, 2}, 9)}}};
}

std::vector<BadCase> bad_cases() {
  return {{"C1", Of{0}, {blocks(DType::q8_0, {3, 32}), index(DType::i64, {2, 32}, 3)}},
          {"C2", Of{0}, {floats({3}), floats({2})}},
          {"C3", Of{1}, {floats({3}), index(DType::i64, {2}, 3)}},
          {"C3", Of{0}, {floats({3}), index(DType::i64, {2, 1}, 3)}},
          {"C4", Of{0}, {floats({3, 2}), index(DType::i64, {3, 3}, 3)}}};
}

}  // namespace

const OpSemantics& gather_elements_semantics() {
  static const OpSemantics kSemantics{&gather_elements_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
