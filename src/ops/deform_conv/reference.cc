#include "ops/deform_conv/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<DeformConvAttrs>();
  const HostTensor &x = *args.operands[0], &w = *args.operands[1], &offset = *args.operands[2];
  const HostTensor *bias = args.operands[3], *mask = args.operands[4];
  HostTensor& y = args.results[0];
  const Shape sizes(x.shape.begin() + 2, x.shape.end());
  const auto axes = window_axes(attrs.window, sizes, std::span(w.shape).subspan(2)).value();
  const int64_t places = y.shape[2] * y.shape[3], taps = w.shape[2] * w.shape[3];
  for (size_t i = 0; i < y.data.size(); ++i) {
    const auto at = static_cast<int64_t>(i);
    const int64_t spot = at % places, channel = at / places % y.shape[1];
    const int64_t image = at / places / y.shape[1];
    double sum = bias == nullptr ? 0 : bias->data[static_cast<size_t>(channel)];
    for (int64_t c = 0; c < w.shape[1]; ++c) {
      const int64_t in = channel / (w.shape[0] / attrs.groups) * w.shape[1] + c;
      const int64_t group = in / (x.shape[1] / attrs.offset_groups);
      for (int64_t k = 0; k < taps; ++k) {
        const int64_t tap = (image * attrs.offset_groups + group) * taps + k;
        const auto moved = [&](int64_t which) {
          return offset.data[static_cast<size_t>((2 * tap + which) * places + spot)];
        };
        const int64_t row =
            spot / y.shape[3] * axes[0].stride - axes[0].begin + k / w.shape[3] * axes[0].dilation;
        const int64_t column =
            spot % y.shape[3] * axes[1].stride - axes[1].begin + k % w.shape[3] * axes[1].dilation;
        double value = between(x.data.data() + (image * x.shape[1] + in) * x.shape[2] * x.shape[3],
                               x.shape[2], x.shape[3], static_cast<double>(row) + moved(0),
                               static_cast<double>(column) + moved(1));
        if (mask != nullptr) value *= mask->data[static_cast<size_t>(tap * places + spot)];
        sum += value * w.data[static_cast<size_t>((channel * w.shape[1] + c) * taps + k)];
      }
    }
    y.data[i] = sum;
  }
}

std::vector<OpCase> cases() {
  const WindowAttrs same{.pads = {1, 1, 1, 1}};
  const WindowAttrs two{.strides = {2, 1}, .dilations = {1, 2}};
  std::vector<OpCase> all{
      {"plain",
       DeformConvAttrs{},
       {floats({1, 2, 5, 6}), floats({3, 2, 2, 2}), floats({1, 8, 4, 5})}},
      {"all",
       DeformConvAttrs{.window = same, .groups = 2, .offset_groups = 2},
       {floats({2, 4, 5, 6}), floats({6, 2, 3, 3}), floats({2, 36, 5, 6}), floats({6}),
        floats({2, 18, 5, 6})}},
      {"stride",
       DeformConvAttrs{.window = two},
       {floats({1, 2, 7, 6}), floats({3, 2, 2, 2}), floats({1, 8, 3, 4}), floats({3})}},
  };
  for (OpCase& one : all) one.tolerance_ulps = 64;
  return all;
}

std::vector<BadCase> bad_cases() {
  const auto x = floats({1, 2, 5, 6}), w = floats({3, 2, 2, 2}), offset = floats({1, 8, 4, 5});
  const auto none = absent();
  return {{"C1", DeformConvAttrs{}, {x, w, typed(DType::f64, {1, 8, 4, 5}), none, none}},
          {"C2", DeformConvAttrs{}, {floats({1, 2, 5}), w, offset, none, none}},
          {"C3", DeformConvAttrs{}, {x, floats({3, 3, 2, 2}), offset, none, none}},
          {"C3", DeformConvAttrs{.groups = 2}, {x, w, offset, none, none}},
          {"C4", DeformConvAttrs{}, {x, w, offset, floats({4}), none}},
          {"C5", DeformConvAttrs{.window = {.strides = {0, 1}}}, {x, w, offset, none, none}},
          {"C6", DeformConvAttrs{}, {x, w, floats({1, 8, 4, 4}), none, none}},
          {"C6", DeformConvAttrs{}, {x, w, offset, none, floats({1, 8, 4, 5})}},
          {"C6", DeformConvAttrs{.offset_groups = 3}, {x, w, floats({1, 24, 4, 5}), none, none}}};
}

}  // namespace

const OpSemantics& deform_conv_semantics() {
  static const OpSemantics kSemantics{&deform_conv_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
