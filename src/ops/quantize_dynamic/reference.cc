#include "ops/quantize_dynamic/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  const HostTensor& x = *args.operands[0];
  double low = 0, high = 0;
  for (const double value : x.data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const auto [scale, zero] = dynamic_scale(static_cast<float>(low), static_cast<float>(high));
  for (size_t i = 0; i < x.data.size(); ++i) {
    const float ratio = static_cast<float>(x.data[i]) / scale;
    const float code = (std::isnan(ratio) ? 0.0f : std::nearbyint(ratio)) + zero;
    args.results[0].data[i] = static_cast<double>(std::clamp(code, 0.0f, 255.0f));
  }
  args.results[1].data[0] = static_cast<double>(scale);
  args.results[2].data[0] = static_cast<double>(zero);
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all{{"rows", {}, {floats({7, 33})}},
                          {"one", {}, {floats({1})}},
                          {"positive", {}, {positive({3, 17})}},
                          {"long", {}, {floats({3, 9001})}}};
  for (OpCase& c : all) c.tolerance_ulps = 0;
  return all;
}

std::vector<BadCase> bad_cases() { return {{"C1", {}, {typed(DType::f16, {4})}}}; }

}  // namespace

const OpSemantics& quantize_dynamic_semantics() {
  static const OpSemantics kSemantics{&quantize_dynamic_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
