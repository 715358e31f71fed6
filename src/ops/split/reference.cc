#include "ops/split/op.h"

#include "ops/list.h"
#include "ops/shape_rules.h"
#include "reference/case_operands.h"
#include "reference/walk.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<SplitAttrs>();
  const HostTensor& x = *args.operands[0];
  HostTensor& y = args.results[0];
  const size_t axis = find_axis(attrs.axis, x.shape.size()).value();
  std::vector<int64_t> sizes = ints_of(args.operands[1], attrs.sizes);
  if (sizes.empty()) {
    sizes.assign(static_cast<size_t>(attrs.parts), (x.shape[axis] + attrs.parts - 1) / attrs.parts);
  }
  int64_t first = 0;
  for (int64_t i = 0; i < attrs.part; ++i) first += sizes[static_cast<size_t>(i)];
  for_each_index(y.shape, [&](const Index& index) {
    Index source = index;
    source[axis] += first;
    y.data[place_of(y, index)] = x.data[place_of(x, source)];
  });
}

std::vector<OpCase> cases() {
  const CaseOperand from_three{
      .dtype = DType::i64, .shape = {2}, .fill = Fill::position, .limit = 3};
  return {{"rows", SplitAttrs{0, 1, 3, {}}, {floats({9, 17})}},
          {"heads", SplitAttrs{-1, 2, 3, {}}, {floats({4, 48})}},
          {"last_smaller", SplitAttrs{1, 3, 4, {}}, {floats({2, 13, 5})}},
          {"sizes", SplitAttrs{1, 1, 3, {2, 4, 1}}, {floats({2, 7, 5})}},
          {"operand", SplitAttrs{0, 1, 2, {}}, {floats({7, 5}), from_three}},
          {"all", SplitAttrs{0, 0, 1, {}}, {floats({7})}},
          {"bytes", SplitAttrs{1, 1, 2, {}}, {typed(DType::u8, {3, 8})}}};
}

std::vector<BadCase> bad_cases() {
  return {{"C1", SplitAttrs{0, 0, 1, {}}, {blocks(DType::q8_0, {3, 32})}},
          {"C2", SplitAttrs{1, 0, 1, {}}, {floats({3})}},
          {"C2", SplitAttrs{0, 2, 2, {}}, {floats({3})}},
          {"C2", SplitAttrs{0, -1, 2, {}}, {floats({3})}},
          {"C3", SplitAttrs{0, 0, 2, {1}}, {floats({3})}},
          {"C3", SplitAttrs{0, 0, 2, {4, -1}}, {floats({3})}},
          {"C3", SplitAttrs{0, 0, 2, {1, 1}}, {floats({3})}},
          {"C3", SplitAttrs{0, 0, 2, {}}, {floats({3}), floats({2})}}};
}

}  // namespace

const OpSemantics& split_semantics() {
  static const OpSemantics kSemantics{&split_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
