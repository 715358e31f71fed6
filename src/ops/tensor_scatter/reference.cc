#include "ops/tensor_scatter/op.h"

#include "ops/list.h"
#include "ops/shape_rules.h"
#include "reference/case_operands.h"
#include "reference/walk.h"

namespace hone {
namespace {

using namespace ir;
using Of = TensorScatterAttrs;

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<Of>();
  const HostTensor& update = *args.operands[1];
  HostTensor& y = args.results[0];
  y.data = args.operands[0]->data;
  const size_t axis = find_axis(attrs.axis, y.shape.size()).value();
  for_each_index(update.shape, [&](const Index& at) {
    Index target = at;
    if (args.operands[2] != nullptr) {
      target[axis] += static_cast<int64_t>(args.operands[2]->data[static_cast<size_t>(at[0])]);
    }
    if (attrs.circular) target[axis] %= y.shape[axis];
    if (target[axis] >= y.shape[axis]) return;
    y.data[place_of(y, target)] = update.data[place_of(update, at)];
  });
}

std::vector<OpCase> cases() {
  const CaseOperand first{.dtype = DType::i64, .shape = {3}, .fill = Fill::index, .limit = 6};
  return {{"start", Of{}, {floats({2, 4, 7, 5}), floats({2, 4, 3, 5})}},
          {"anywhere", Of{-2, false}, {floats({3, 2, 9, 5}), floats({3, 2, 3, 5}), first}},
          {"beyond", Of{1, false}, {floats({3, 6, 5}), floats({3, 3, 5}), first}},
          {"circular", Of{1, true}, {floats({3, 6, 5}), floats({3, 4, 5}), first}},
          {"bytes", Of{1, true}, {typed(DType::u8, {3, 6}), typed(DType::u8, {3, 4}), first}}};
}

std::vector<BadCase> bad_cases() {
  return {{"C1", Of{}, {floats({2, 3, 4}), typed(DType::i32, {2, 1, 4})}},
          {"C2", Of{0}, {floats({2, 3}), floats({2, 3})}},
          {"C2", Of{2}, {floats({2, 3}), floats({2, 3})}},
          {"C3", Of{1}, {floats({2, 3}), floats({2, 4})}},
          {"C3", Of{1}, {floats({2, 3, 1}), floats({2, 3, 2})}},
          {"C4", Of{1}, {floats({2, 3}), floats({2, 3}), floats({2})}},
          {"C4", Of{1}, {floats({2, 3}), floats({2, 3}), typed(DType::i64, {3})}}};
}

}  // namespace

const OpSemantics& tensor_scatter_semantics() {
  static const OpSemantics kSemantics{&tensor_scatter_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
