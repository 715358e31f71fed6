#include "ops/conv_transpose/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

// Each element of x times each tap, added where it lands.
void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<ConvTransposeAttrs>();
  const HostTensor &x = *args.operands[0], &w = *args.operands[1];
  const HostTensor* bias = args.operands[2];
  HostTensor& y = args.results[0];
  const size_t spatial = x.shape.size() - 2;
  const Shape sizes(x.shape.begin() + 2, x.shape.end());
  const auto axes = transpose_axes(attrs, sizes, std::span(w.shape).subspan(2));
  int64_t plane = 1, taps = 1;
  for (size_t a = 0; a < spatial; ++a) plane *= y.shape[a + 2], taps *= w.shape[a + 2];
  for (size_t i = 0; i < y.data.size(); ++i) {
    const auto channel = static_cast<size_t>(static_cast<int64_t>(i) / plane % y.shape[1]);
    y.data[i] = bias == nullptr ? 0 : bias->data[channel];
  }
  for (size_t i = 0; i < x.data.size(); ++i) {
    std::vector<int64_t> place(spatial);
    auto rest = static_cast<int64_t>(i);
    for (size_t a = spatial; a-- > 0; rest /= x.shape[a + 2]) place[a] = rest % x.shape[a + 2];
    const int64_t channel = rest % x.shape[1], image = rest / x.shape[1];
    const int64_t group = channel / (x.shape[1] / attrs.groups);
    for (int64_t tap = 0; tap < w.shape[1] * taps; ++tap) {
      int64_t left = tap, offset = 0, step = 1;
      bool inside = true;
      for (size_t a = spatial; a-- > 0; left /= w.shape[a + 2]) {
        const TransposeAxis& axis = (*axes)[a];
        const int64_t at =
            place[a] * axis.stride - axis.begin + left % w.shape[a + 2] * axis.dilation;
        inside = inside && at >= 0 && at < y.shape[a + 2];
        offset += at * step;
        step *= y.shape[a + 2];
      }
      if (!inside) continue;
      const int64_t target = (image * y.shape[1] + group * w.shape[1] + left) * plane + offset;
      y.data[static_cast<size_t>(target)] +=
          x.data[i] * w.data[static_cast<size_t>(channel * w.shape[1] * taps + tap)];
    }
  }
}

std::vector<OpCase> cases() {
  const WindowAttrs two{.strides = {2, 2}, .dilations = {}, .pads = {1, 1, 1, 1}};
  std::vector<OpCase> all{
      {"plain", ConvTransposeAttrs{}, {floats({1, 3, 5, 7}), floats({3, 4, 3, 3}), floats({4})}},
      {"double",
       ConvTransposeAttrs{.window = {.strides = {2, 2}}},
       {floats({2, 5, 4, 19}), floats({5, 3, 2, 2}), floats({3})}},
      {"padded", ConvTransposeAttrs{.window = two}, {floats({1, 3, 5, 7}), floats({3, 4, 4, 4})}},
      {"output_padding",
       ConvTransposeAttrs{.window = two, .output_padding = {1, 0}},
       {floats({1, 3, 5, 7}), floats({3, 4, 3, 3}), absent()}},
      {"output_shape",
       ConvTransposeAttrs{.window = {.strides = {3, 2}}, .output_shape = {10, 8}},
       {floats({1, 1, 3, 3}), floats({1, 2, 3, 3}), absent()}},
      {"same_upper",
       ConvTransposeAttrs{.window = {.strides = {2, 2}, .pad = WindowAttrs::Pad::same_upper}},
       {floats({1, 2, 3, 3}), floats({2, 2, 3, 3}), absent()}},
      {"same_lower",
       ConvTransposeAttrs{.window = {.strides = {2, 2}, .pad = WindowAttrs::Pad::same_lower}},
       {floats({1, 2, 3, 3}), floats({2, 2, 3, 3}), absent()}},
      {"grouped",
       ConvTransposeAttrs{.window = two, .groups = 2},
       {floats({1, 4, 5, 6}), floats({4, 3, 3, 3}), floats({6})}},
      {"dilated",
       ConvTransposeAttrs{.window = {.dilations = {2, 3}}},
       {floats({1, 2, 4, 5}), floats({2, 1, 2, 2}), absent()}},
      {"one_axis",
       ConvTransposeAttrs{.window = {.strides = {4}, .dilations = {}, .pads = {2, 1}}},
       {floats({2, 3, 9}), floats({3, 2, 8}), floats({2})}},
      {"three_axes",
       ConvTransposeAttrs{.window = {.strides = {1, 2, 2}}},
       {floats({1, 2, 3, 4, 5}), floats({2, 3, 2, 3, 2}), floats({3})}},
  };
  for (OpCase& one : all) one.tolerance_ulps = 64;
  return all;
}

std::vector<BadCase> bad_cases() {
  const auto x = floats({1, 4, 5, 5}), w = floats({4, 6, 3, 3});
  return {{"C1", ConvTransposeAttrs{}, {typed(DType::i32, {1, 4, 5, 5}), w, absent()}},
          {"C1", ConvTransposeAttrs{}, {x, typed(DType::f16, {4, 6, 3, 3}), absent()}},
          {"C2", ConvTransposeAttrs{}, {floats({4, 5}), floats({4, 6}), absent()}},
          {"C3", ConvTransposeAttrs{}, {x, floats({3, 6, 3, 3}), absent()}},
          {"C3", ConvTransposeAttrs{.groups = 3}, {x, w, absent()}},
          {"C4", ConvTransposeAttrs{}, {x, w, floats({5})}},
          {"C5", ConvTransposeAttrs{.window = {.strides = {0, 1}}}, {x, w, absent()}},
          {"C5", ConvTransposeAttrs{.output_padding = {-1, 0}}, {x, w, absent()}},
          {"C5", ConvTransposeAttrs{.output_shape = {7}}, {x, w, absent()}}};
}

}  // namespace

const OpSemantics& conv_transpose_semantics() {
  static const OpSemantics kSemantics{&conv_transpose_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
