#include "ops/take/op.h"

#include "ops/list.h"
#include "ops/shape_rules.h"
#include "reference/case_operands.h"
#include "reference/walk.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  const HostTensor &x = *args.operands[0], &index = *args.operands[1];
  HostTensor& y = args.results[0];
  const auto axis = static_cast<std::ptrdiff_t>(
      find_axis(args.attrs.as<TakeAttrs>().axis, x.shape.size()).value());
  const auto inner = axis + std::ssize(index.shape);
  for_each_index(y.shape, [&](const Index& at) {
    const Index which(at.begin() + axis, at.begin() + inner);
    auto taken = static_cast<int64_t>(index.data[place_of(index, which)]);
    if (taken < 0) taken += x.shape[static_cast<size_t>(axis)];
    Index source(at.begin(), at.begin() + axis);
    source.push_back(taken);
    source.insert(source.end(), at.begin() + inner, at.end());
    y.data[place_of(y, at)] = x.data[place_of(x, source)];
  });
}

CaseOperand index(DType dtype, std::vector<int64_t> shape, int64_t limit) {
  return {.dtype = dtype, .shape = std::move(shape), .fill = Fill::index, .limit = limit};
}

std::vector<OpCase> cases() {
  const CaseOperand negative{
      .dtype = DType::i64, .shape = {4}, .fill = Fill::position, .limit = -4};
  return {{"rows", TakeAttrs{0}, {floats({20, 33}), index(DType::i64, {2, 9}, 20)}},
          {"rows_i32", TakeAttrs{0}, {floats({20, 64}), index(DType::i32, {40}, 20)}},
          {"columns", TakeAttrs{-1}, {floats({3, 20}), index(DType::i64, {7}, 20)}},
          {"middle", TakeAttrs{1}, {floats({3, 20, 5}), index(DType::i32, {2, 2}, 20)}},
          {"single", TakeAttrs{1}, {floats({3, 20, 5}), index(DType::i64, {}, 20)}},
          {"elements", TakeAttrs{0}, {typed(DType::i64, {9}), index(DType::i64, {5}, 9)}},
          {"negative", TakeAttrs{0}, {floats({5, 3}), negative}},
          {"bytes", TakeAttrs{1}, {typed(DType::u8, {3, 9}), index(DType::i64, {5}, 9)}}};
}

std::vector<BadCase> bad_cases() {
  return {{"C1", TakeAttrs{0}, {blocks(DType::q8_0, {3, 32}), index(DType::i64, {2}, 3)}},
          {"C2", TakeAttrs{0}, {floats({3}), floats({2})}},
          {"C3", TakeAttrs{1}, {floats({3}), index(DType::i64, {2}, 3)}},
          {"C3", TakeAttrs{0}, {floats({}), index(DType::i64, {2}, 3)}},
          {"C3", TakeAttrs{0}, {floats({3, 1, 1, 1, 1}), index(DType::i64, {1, 1, 1, 1, 1}, 3)}}};
}

}  // namespace

const OpSemantics& take_semantics() {
  static const OpSemantics kSemantics{&take_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
