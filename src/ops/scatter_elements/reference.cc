#include "ops/scatter_elements/op.h"

#include "ops/list.h"
#include "ops/shape_rules.h"
#include "reference/case_operands.h"
#include "reference/walk.h"

namespace hone {
namespace {

using namespace ir;
using Of = ScatterElementsAttrs;
using Reduction = ScatterReduction;

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<Of>();
  const HostTensor &index = *args.operands[1], &updates = *args.operands[2];
  HostTensor& y = args.results[0];
  y.data = args.operands[0]->data;
  const size_t axis = find_axis(attrs.axis, y.shape.size()).value();
  for_each_index(index.shape, [&](const Index& at) {
    Index target = at;
    target[axis] = static_cast<int64_t>(index.data[place_of(index, at)]);
    if (target[axis] < 0) target[axis] += y.shape[axis];
    double& element = y.data[place_of(y, target)];
    element = scatter_into(attrs.reduction, element, updates.data[place_of(updates, at)]);
  });
}

CaseOperand index(std::vector<int64_t> shape, int64_t limit, DType dtype = DType::i64) {
  return {.dtype = dtype, .shape = std::move(shape), .fill = Fill::index, .limit = limit};
}

std::vector<OpCase> cases() {
  const CaseOperand last{.dtype = DType::i64, .shape = {3}, .fill = Fill::position, .limit = -3};
  std::vector<OpCase> all{
      {"rows", Of{0}, {floats({20, 7}), index({9, 6}, 20, DType::i32), floats({9, 6})}},
      {"middle", Of{-2}, {floats({2, 9, 5}), index({2, 3, 4}, 9), floats({2, 3, 4})}},
      {"negative", Of{0}, {floats({6}), last, floats({3})}},
      {"bytes", Of{1}, {typed(DType::u8, {3, 9}), index({3, 2}, 9), typed(DType::u8, {3, 2})}}};
  for (const Reduction reduction :
       {Reduction::none, Reduction::add, Reduction::mul, Reduction::max, Reduction::min}) {
    const std::string name(kScatterReductionNames[static_cast<size_t>(reduction)]);
    all.push_back({name, Of{1, reduction}, {floats({5, 4}), index({4, 33}, 4), floats({4, 33})}});
    all.push_back({name + "_ints",
                   Of{0, reduction},
                   {typed(DType::i32, {9}), index({5}, 9), typed(DType::i32, {5})}});
  }
  return all;
}

std::vector<BadCase> bad_cases() {
  return {{"C1", Of{0}, {floats({3}), index({2}, 3), typed(DType::i32, {2})}},
          {"C2", Of{0}, {floats({3}), floats({2}), floats({2})}},
          {"C3", Of{1}, {floats({3}), index({2}, 3), floats({2})}},
          {"C3", Of{0}, {floats({3}), index({2, 1}, 3), floats({2, 1})}},
          {"C4", Of{0}, {floats({3, 2}), index({3, 3}, 3), floats({3, 3})}},
          {"C4", Of{0}, {floats({3}), index({2}, 3), floats({3})}}};
}

}  // namespace

const OpSemantics& scatter_elements_semantics() {
  static const OpSemantics kSemantics{&scatter_elements_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
