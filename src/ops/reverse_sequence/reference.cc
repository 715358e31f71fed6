#include "ops/reverse_sequence/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"
#include "reference/walk.h"

namespace hone {
namespace {

using namespace ir;
using Of = ReverseSequenceAttrs;

void reference(const ReferenceArgs& args) {
  const HostTensor& x = *args.operands[0];
  const auto batch = static_cast<size_t>(args.attrs.as<Of>().batch_axis), time = 1 - batch;
  for_each_index(x.shape, [&](const Index& at) {
    const auto length =
        static_cast<int64_t>(args.operands[1]->data[static_cast<size_t>(at[batch])]);
    Index source = at;
    if (at[time] < length) source[time] = length - 1 - at[time];
    args.results[0].data[place_of(x, at)] = x.data[place_of(x, source)];
  });
}

std::vector<OpCase> cases() {
  const CaseOperand lengths{.dtype = DType::i64, .shape = {4}, .fill = Fill::index, .limit = 6};
  return {{"time_first", Of{1, 0}, {floats({5, 4}), lengths}},
          {"batch_first", Of{0, 1}, {floats({4, 5, 3}), lengths}},
          {"bytes", Of{0, 1}, {typed(DType::u8, {4, 5}), lengths}}};
}

std::vector<BadCase> bad_cases() {
  const CaseOperand lengths = typed(DType::i64, {4});
  return {{"C1", Of{}, {floats({4}), lengths}},
          {"C1", Of{}, {blocks(DType::q8_0, {4, 32}), lengths}},
          {"C2", Of{0, 0}, {floats({4, 4}), lengths}},
          {"C2", Of{-1, 2}, {floats({4, 4}), lengths}},
          {"C3", Of{}, {floats({4, 4}), floats({4})}},
          {"C3", Of{0, 1}, {floats({3, 4}), lengths}}};
}

}  // namespace

const OpSemantics& reverse_sequence_semantics() {
  static const OpSemantics kSemantics{&reverse_sequence_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
