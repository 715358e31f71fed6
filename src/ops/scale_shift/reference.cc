#include "ops/scale_shift/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  const HostTensor& x = *args.operands[0];
  size_t inner = 1;
  for (size_t i = 2; i < x.shape.size(); ++i) inner *= static_cast<size_t>(x.shape[i]);
  for (size_t i = 0; i < x.data.size(); ++i) {
    const size_t channel = i / inner % static_cast<size_t>(x.shape[1]);
    args.results[0].data[i] =
        x.data[i] * args.operands[1]->data[channel] + args.operands[2]->data[channel];
  }
}

std::vector<OpCase> cases() {
  const auto f64 = [](std::vector<int64_t> shape) { return typed(DType::f64, std::move(shape)); };
  return {{"one", NoAttrs{}, {floats({1, 1}), floats({1}), floats({1})}},
          {"flat", NoAttrs{}, {floats({3, 19}), floats({19}), floats({19})}},
          {"image", NoAttrs{}, {floats({2, 5, 7, 11}), floats({5}), floats({5})}},
          {"f64", NoAttrs{}, {f64({2, 3, 4}), f64({3}), f64({3})}}};
}

std::vector<BadCase> bad_cases() {
  return {{"C1", NoAttrs{}, {typed(DType::i32, {2, 3}), floats({3}), floats({3})}},
          {"C1", NoAttrs{}, {floats({2, 3}), floats({3}), typed(DType::f16, {3})}},
          {"C2", NoAttrs{}, {floats({3}), floats({3}), floats({3})}},
          {"C2", NoAttrs{}, {floats({2, 3}), floats({2}), floats({3})}},
          {"C2", NoAttrs{}, {floats({2, 3}), floats({3}), floats({1, 3})}}};
}

}  // namespace

const OpSemantics& scale_shift_semantics() {
  static const OpSemantics kSemantics{&scale_shift_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
