#include "ops/gather_nd/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"
#include "reference/walk.h"

namespace hone {
namespace {

using namespace ir;
using Of = GatherNdAttrs;

void reference(const ReferenceArgs& args) {
  const HostTensor &x = *args.operands[0], &index = *args.operands[1];
  HostTensor& y = args.results[0];
  const auto batch = args.attrs.as<Of>().batch_axes;
  const auto rows = std::ssize(index.shape) - 1;
  for_each_index(y.shape, [&](const Index& at) {
    Index source(at.begin(), at.begin() + batch), row(at.begin(), at.begin() + rows);
    for (int64_t i = 0; i < index.back(); ++i) {
      row.push_back(i);
      const auto named = static_cast<int64_t>(index.data[place_of(index, row)]);
      source.push_back(named < 0 ? named + x.shape[source.size()] : named);
      row.pop_back();
    }
    source.insert(source.end(), at.begin() + rows, at.end());
    y.data[place_of(y, at)] = x.data[place_of(x, source)];
  });
}

CaseOperand index(std::vector<int64_t> shape, int64_t limit, DType dtype = DType::i64) {
  return {.dtype = dtype, .shape = std::move(shape), .fill = Fill::index, .limit = limit};
}

std::vector<OpCase> cases() {
  const CaseOperand last{.dtype = DType::i64, .shape = {1, 2}, .fill = Fill::position, .limit = -2};
  return {{"elements", Of{}, {floats({5, 7}), index({9, 2}, 5)}},
          {"rows", Of{}, {floats({5, 33}), index({2, 3, 1}, 5, DType::i32)}},
          {"batches", Of{1}, {floats({3, 4, 5}), index({3, 2, 1}, 4)}},
          {"two_batch_axes", Of{2}, {floats({3, 2, 4, 5}), index({3, 2, 2}, 4)}},
          {"negative", Of{}, {floats({5, 7}), last}},
          {"everything", Of{}, {floats({5, 7}), index({3, 0}, 1)}},
          {"bytes", Of{}, {typed(DType::u8, {5, 7}), index({9, 2}, 5)}}};
}

std::vector<BadCase> bad_cases() {
  return {{"C1", Of{}, {blocks(DType::q8_0, {3, 32}), index({2, 1}, 3)}},
          {"C2", Of{}, {floats({3}), floats({2, 1})}},
          {"C3", Of{1}, {floats({3}), index({3}, 3)}},
          {"C3", Of{1}, {floats({3, 2}), index({4, 1}, 2)}},
          {"C4", Of{}, {floats({3}), index({2, 2}, 3)}},
          {"C5", Of{}, {floats({3, 1, 1, 1, 1, 1}), index({1, 1, 1, 1, 1, 1}, 1)}}};
}

}  // namespace

const OpSemantics& gather_nd_semantics() {
  static const OpSemantics kSemantics{&gather_nd_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
