#include "ops/lrn/op.h"

#include <cmath>

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<LrnAttrs>();
  const HostTensor& x = *args.operands[0];
  const int64_t channels = x.shape[1];
  int64_t places = 1;
  for (size_t i = 2; i < x.shape.size(); ++i) places *= x.shape[i];
  for (size_t i = 0; i < x.data.size(); ++i) {
    const auto at = static_cast<int64_t>(i);
    const int64_t channel = at / places % channels;
    double squares = 0;
    for (int64_t c = 0; c < channels; ++c) {
      const int64_t away = c - channel;
      if (away < -((attrs.size - 1) / 2) || away > attrs.size / 2) continue;
      const double v = x.data[static_cast<size_t>(at + away * places)];
      squares += v * v;
    }
    const double base = static_cast<double>(attrs.bias) + static_cast<double>(attrs.alpha) /
                                                              static_cast<double>(attrs.size) *
                                                              squares;
    args.results[0].data[i] = x.data[i] / std::pow(base, static_cast<double>(attrs.beta));
  }
}

std::vector<OpCase> cases() {
  return {
      {"one", LrnAttrs{}, {floats({1, 1})}},
      {"image", LrnAttrs{.size = 3, .alpha = 0.5f}, {floats({2, 5, 3, 7})}},
      {"even", LrnAttrs{.size = 4, .alpha = 0.5f, .beta = 0.5f, .bias = 2}, {floats({1, 6, 300})}},
      {"all", LrnAttrs{.size = 99, .alpha = 0.1f}, {floats({2, 4, 3})}},
      {"f64", LrnAttrs{.size = 3}, {typed(DType::f64, {1, 5, 4})}}};
}

std::vector<BadCase> bad_cases() {
  return {{"C1", LrnAttrs{}, {typed(DType::i32, {1, 3})}},
          {"C1", LrnAttrs{}, {floats({3})}},
          {"C2", LrnAttrs{.size = 0}, {floats({1, 3})}}};
}

}  // namespace

const OpSemantics& lrn_semantics() {
  static const OpSemantics kSemantics{&lrn_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
