#include "ops/scatter_nd/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"
#include "reference/walk.h"

namespace hone {
namespace {

using namespace ir;
using Of = ScatterNdAttrs;
using Reduction = ScatterReduction;

void reference(const ReferenceArgs& args) {
  const HostTensor &index = *args.operands[1], &updates = *args.operands[2];
  HostTensor& y = args.results[0];
  y.data = args.operands[0]->data;
  const auto rows = std::ssize(index.shape) - 1;
  for_each_index(updates.shape, [&](const Index& at) {
    Index target, row(at.begin(), at.begin() + rows);
    for (int64_t i = 0; i < index.back(); ++i) {
      row.push_back(i);
      const auto named = static_cast<int64_t>(index.data[place_of(index, row)]);
      target.push_back(named < 0 ? named + y.shape[target.size()] : named);
      row.pop_back();
    }
    target.insert(target.end(), at.begin() + rows, at.end());
    double& element = y.data[place_of(y, target)];
    element =
        scatter_into(args.attrs.as<Of>().reduction, element, updates.data[place_of(updates, at)]);
  });
}

CaseOperand index(std::vector<int64_t> shape, int64_t limit, DType dtype = DType::i64) {
  return {.dtype = dtype, .shape = std::move(shape), .fill = Fill::index, .limit = limit};
}

std::vector<OpCase> cases() {
  const CaseOperand last{.dtype = DType::i64, .shape = {1, 2}, .fill = Fill::position, .limit = -2};
  std::vector<OpCase> all{
      {"rows", Of{}, {floats({5, 33}), index({2, 3, 1}, 5, DType::i32), floats({2, 3, 33})}},
      {"negative", Of{}, {floats({5, 7}), last, floats({1})}},
      {"bytes", Of{}, {typed(DType::u8, {5, 7}), index({9, 2}, 5), typed(DType::u8, {9})}}};
  for (const Reduction reduction :
       {Reduction::none, Reduction::add, Reduction::mul, Reduction::max, Reduction::min}) {
    const std::string name(kScatterReductionNames[static_cast<size_t>(reduction)]);
    all.push_back({name, Of{reduction}, {floats({5, 7}), index({9, 2}, 5), floats({9})}});
    all.push_back({name + "_ints",
                   Of{reduction},
                   {typed(DType::i64, {5, 2}), index({3, 1}, 5), typed(DType::i64, {3, 2})}});
  }
  return all;
}

std::vector<BadCase> bad_cases() {
  return {{"C1", Of{}, {floats({3}), index({2, 1}, 3), typed(DType::i32, {2})}},
          {"C2", Of{}, {floats({3}), floats({2, 1}), floats({2})}},
          {"C3", Of{}, {floats({3}), index({2, 2}, 3), floats({2})}},
          {"C3", Of{}, {floats({3}), index({}, 3), floats({2})}},
          {"C4", Of{}, {floats({3, 2}), index({2, 1}, 3), floats({2})}},
          {"C4", Of{}, {floats({3, 2}), index({2, 1}, 3), floats({2, 3})}}};
}

}  // namespace

const OpSemantics& scatter_nd_semantics() {
  static const OpSemantics kSemantics{&scatter_nd_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
