#include "ops/concat/op.h"

#include "ops/list.h"
#include "ops/shape_rules.h"
#include "reference/case_operands.h"
#include "reference/walk.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  HostTensor& y = args.results[0];
  const size_t axis = find_axis(args.attrs.as<ConcatAttrs>().axis, y.shape.size()).value();
  int64_t before = 0;
  for (const HostTensor* x : args.operands) {
    for_each_index(x->shape, [&](const Index& index) {
      Index target = index;
      target[axis] += before;
      y.data[place_of(y, target)] = x->data[place_of(*x, index)];
    });
    before += x->shape[axis];
  }
}

std::vector<OpCase> cases() {
  const auto i64 = [](int64_t n) { return typed(DType::i64, {n}); };
  return {{"rows", ConcatAttrs{0}, {floats({3, 17}), floats({5, 17})}},
          {"columns", ConcatAttrs{1}, {floats({3, 17}), floats({3, 1}), floats({3, 4})}},
          {"last", ConcatAttrs{-1}, {floats({2, 3, 5}), floats({2, 3, 5})}},
          {"middle", ConcatAttrs{1}, {floats({2, 3, 5}), floats({2, 1, 5}), floats({2, 4, 5})}},
          {"long", ConcatAttrs{0}, {floats({40000}), floats({1}), floats({17000})}},
          {"one", ConcatAttrs{0}, {floats({3, 17})}},
          {"ints", ConcatAttrs{0}, {i64(1), i64(2), i64(1)}},
          {"bytes", ConcatAttrs{1}, {typed(DType::u8, {3, 7}), typed(DType::u8, {3, 2})}}};
}

std::vector<BadCase> bad_cases() {
  return {{"C1", ConcatAttrs{0}, {floats({3}), typed(DType::i32, {3})}},
          {"C1", ConcatAttrs{0}, {blocks(DType::q8_0, {32})}},
          {"C2", ConcatAttrs{1}, {floats({3}), floats({3})}},
          {"C2", ConcatAttrs{0}, {floats({3}), floats({3, 1})}},
          {"C3", ConcatAttrs{0}, {floats({3, 2}), floats({3, 1})}}};
}

}  // namespace

const OpSemantics& concat_semantics() {
  static const OpSemantics kSemantics{&concat_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
