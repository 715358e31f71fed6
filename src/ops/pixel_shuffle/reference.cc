#include "ops/pixel_shuffle/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"
#include "reference/walk.h"

namespace hone {
namespace {

using namespace ir;
using Of = PixelShuffleAttrs;
using Mode = Of::Mode;

// Walks the small, wide tensor of the two, and finds the place in the large, shallow one.
void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<Of>();
  const HostTensor& x = *args.operands[0];
  HostTensor& y = args.results[0];
  const int64_t b = attrs.block;
  const std::vector<int64_t>& deep = attrs.to_depth() ? y.shape : x.shape;
  for_each_index(deep, [&](const Index& at) {
    const int64_t channels = deep[1] / (b * b), c = at[1];
    const bool crd = attrs.crd();
    const int64_t channel = crd ? c / (b * b) : c % channels;
    const int64_t row = crd ? c / b % b : c / channels / b;
    const int64_t column = crd ? c % b : c / channels % b;
    const Index flat{at[0], channel, at[2] * b + row, at[3] * b + column};
    if (attrs.to_depth()) {
      y.data[place_of(y, at)] = x.data[place_of(x, flat)];
    } else {
      y.data[place_of(y, flat)] = x.data[place_of(x, at)];
    }
  });
}

std::vector<OpCase> cases() {
  return {{"dcr", Of{2, Mode::dcr}, {floats({2, 12, 3, 5})}},
          {"crd", Of{2, Mode::crd}, {floats({2, 12, 3, 17})}},
          {"crd_3", Of{3, Mode::crd}, {floats({1, 9, 3, 5})}},
          {"to_depth", Of{2, Mode::to_depth}, {floats({2, 3, 6, 34})}},
          {"to_depth_crd", Of{3, Mode::to_depth_crd}, {floats({2, 2, 6, 51})}},
          {"one", Of{1, Mode::dcr}, {floats({2, 3, 4, 5})}},
          {"bytes", Of{2, Mode::dcr}, {typed(DType::u8, {1, 8, 3, 5})}}};
}

std::vector<BadCase> bad_cases() {
  return {{"C1", Of{1}, {floats({3, 4, 4})}},
          {"C1", Of{1}, {blocks(DType::q8_0, {1, 1, 1, 32})}},
          {"C2", Of{0}, {floats({1, 4, 4, 4})}},
          {"C2", Of{2}, {floats({1, 6, 4, 4})}},
          {"C2", Of{2, Mode::to_depth}, {floats({1, 4, 4, 3})}}};
}

}  // namespace

const OpSemantics& pixel_shuffle_semantics() {
  static const OpSemantics kSemantics{&pixel_shuffle_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
