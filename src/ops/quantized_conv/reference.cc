#include "ops/quantized_conv/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

// The sum of one place of the result: `place` holds batch, spatial axes and channel.
double sum_at(const QuantizedConvAttrs& attrs, const HostTensor& x, const HostTensor& w,
              const std::vector<WindowAxis>& axes, int64_t batch, const std::vector<int64_t>& place,
              int64_t channel) {
  const size_t spatial = axes.size();
  const int64_t in = w.shape.back(), channels = x.shape.back();
  int64_t kernel = 1;
  for (size_t a = 0; a < spatial; ++a) kernel *= axes[a].kernel;
  const int64_t first = channel / (w.shape[0] / attrs.groups) * in;
  double sum = 0;
  for (int64_t tap = 0; tap < kernel; ++tap) {
    int64_t left = tap, offset = 0, step = 1;
    bool inside = true;
    for (size_t a = spatial; a-- > 0; left /= axes[a].kernel) {
      const int64_t at =
          place[a] * axes[a].stride - axes[a].begin + left % axes[a].kernel * axes[a].dilation;
      inside = inside && at >= 0 && at < x.shape[a + 1];
      offset += at * step;
      step *= x.shape[a + 1];
    }
    if (!inside) continue;
    for (int64_t c = 0; c < in; ++c) {
      const auto from = static_cast<size_t>((batch * step + offset) * channels + first + c);
      const auto weight = static_cast<size_t>((channel * kernel + tap) * in + c);
      sum += (x.data[from] - static_cast<double>(attrs.x_zero)) *
             (w.data[weight] - static_cast<double>(attrs.w_zero));
    }
  }
  return sum;
}

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<QuantizedConvAttrs>();
  const HostTensor &x = *args.operands[0], &w = *args.operands[1];
  const HostTensor &scale = *args.operands[2], *bias = args.operands[3];
  HostTensor& y = args.results[0];
  const size_t spatial = w.shape.size() - 2;
  std::vector<WindowAxis> axes;
  if (spatial > 0) {
    const Shape sizes(x.shape.begin() + 1, x.shape.end() - 1);
    axes = *window_axes(attrs.window, sizes, std::span(w.shape).subspan(1, spatial));
  }
  for (size_t i = 0; i < y.data.size(); ++i) {
    auto rest = static_cast<int64_t>(i);
    const int64_t channel = rest % y.shape.back();
    rest /= y.shape.back();
    std::vector<int64_t> place(spatial);
    for (size_t a = spatial; a-- > 0; rest /= y.shape[a + 1]) place[a] = rest % y.shape[a + 1];
    double sum = sum_at(attrs, x, w, axes, rest, place, channel);
    if (bias != nullptr) sum += bias->data[static_cast<size_t>(channel)];
    const auto wrapped = static_cast<int32_t>(static_cast<uint32_t>(static_cast<int64_t>(sum)));
    const double by = scale.data[static_cast<size_t>(channel)];
    y.data[i] = scale.dtype == DType::f64
                    ? attrs.y.code_of(FixedScale::of(by).times(wrapped))
                    : attrs.y.code_of(static_cast<float>(wrapped) * static_cast<float>(by));
  }
}

CaseOperand codes(DType dtype, std::vector<int64_t> shape, int64_t limit) {
  return {.dtype = dtype, .shape = std::move(shape), .fill = Fill::index, .limit = limit};
}
CaseOperand x8(std::vector<int64_t> shape) { return codes(DType::i8, std::move(shape), 128); }
CaseOperand xu8(std::vector<int64_t> shape) { return codes(DType::u8, std::move(shape), 256); }
// Numbers around 0, as weights and biases are.
CaseOperand around(DType dtype, std::vector<int64_t> shape) {
  return {.dtype = dtype, .shape = std::move(shape), .fill = Fill::normal};
}
CaseOperand biases(int64_t count) { return around(DType::i32, {count}); }

// Scales are near 1, so that sums of some hundreds are codes within the range and beyond it.
struct Maker {
  QuantizedConvAttrs attrs;
  OpCase operator()(std::string name, CaseOperand x, CaseOperand w, bool biased = true) const {
    const int64_t out = w.shape[0];
    return {std::move(name),
            attrs,
            {std::move(x), std::move(w), positive({out}), biased ? biases(out) : absent()},
            0};
  }
};

QuantizedConvAttrs two(int64_t stride, int64_t pad, int64_t dilation, int64_t groups = 1) {
  return {.window = {.strides = {stride, stride},
                     .dilations = {dilation, dilation},
                     .pads = {pad, pad, pad, pad}},
          .groups = groups,
          .x_zero = 63,
          .w_zero = 0,
          .y = {.to = "u8", .zero = 100, .low = 3, .high = 251}};
}

std::vector<OpCase> cases() {
  const auto w8 = [](std::vector<int64_t> shape) { return around(DType::i8, std::move(shape)); };
  const QuantizedConvAttrs plain{.x_zero = 64};
  QuantizedConvAttrs shifted = two(1, 1, 1), shifted_depthwise = two(1, 1, 1, 33);
  shifted.w_zero = shifted_depthwise.w_zero = 1;
  const auto wu8 = [](std::vector<int64_t> shape, int64_t limit) {
    return codes(DType::u8, std::move(shape), limit);
  };
  const QuantizedConvAttrs half{.x_zero = 0, .w_zero = 128};
  QuantizedConvAttrs one_axis{.window = {.strides = {2}, .dilations = {1}, .pads = {3, 2}},
                              .x_zero = 5};
  QuantizedConvAttrs three_axes{.window = {.pads = {1, 0, 1, 0, 1, 1}}, .x_zero = 9};
  QuantizedConvAttrs depthwise_3d = three_axes;
  depthwise_3d.groups = 5;
  QuantizedConvAttrs same{.window = {.strides = {2, 2}, .pad = WindowAttrs::Pad::same_upper},
                          .x_zero = 9};
  QuantizedConvAttrs narrow{
      .window = {.strides = {1, 3}, .dilations = {2, 1}, .pads = {0, 4, 3, 1}}, .x_zero = 60};
  std::vector<OpCase> all{
      Maker{plain}("row", x8({1, 20}), w8({33, 20})),
      Maker{plain}("rows", x8({52, 64}), w8({40, 64})),
      Maker{plain}("matrices", xu8({2, 3, 19}), w8({7, 19}), false),
      Maker{half}("large_weights", wu8({33, 3}, 2), wu8({7, 3}, 256), false),
      Maker{plain}("one", x8({1}), w8({1, 1})),
      Maker{two(1, 0, 1)}("pointwise", x8({2, 5, 7, 20}), w8({33, 1, 1, 20})),
      Maker{two(2, 0, 1)}("pointwise_stride", xu8({1, 7, 7, 8}), w8({16, 1, 1, 8})),
      Maker{two(2, 1, 1)}("first_layer", xu8({1, 17, 18, 3}), w8({32, 3, 3, 3})),
      Maker{two(1, 1, 1)}("three_by_three", x8({1, 9, 11, 18}), w8({20, 3, 3, 18})),
      Maker{two(1, 1, 1, 2)}("grouped", x8({1, 6, 7, 8}), w8({10, 3, 3, 4})),
      Maker{two(1, 0, 1, 2)}("grouped_pointwise", x8({1, 6, 7, 8}), w8({10, 1, 1, 4})),
      Maker{two(1, 2, 2)}("dilated", x8({1, 9, 9, 4}), w8({5, 3, 3, 4}), false),
      Maker{shifted}("shifted_weights", x8({1, 5, 6, 6}), wu8({17, 3, 3, 6}, 4)),
      Maker{two(1, 1, 1, 33)}("depthwise", x8({1, 9, 19, 33}), w8({33, 3, 3, 1})),
      Maker{two(2, 2, 1, 17)}("depthwise_stride", xu8({2, 12, 13, 17}), w8({17, 5, 5, 1})),
      Maker{two(1, 2, 2, 16)}("depthwise_dilated", x8({1, 9, 20, 16}), w8({16, 3, 3, 1}), false),
      Maker{two(1, 1, 1, 6)}("depthwise_wider", x8({1, 5, 6, 6}), w8({12, 3, 3, 1})),
      Maker{shifted_depthwise}("depthwise_shifted", xu8({1, 4, 5, 33}), wu8({33, 3, 3, 1}, 4)),
      Maker{one_axis}("one_axis", x8({2, 21, 5}), w8({7, 4, 5})),
      Maker{three_axes}("three_axes", x8({1, 4, 5, 6, 2}), w8({3, 2, 3, 3, 2})),
      Maker{depthwise_3d}("three_axes_depthwise", x8({1, 4, 5, 6, 5}), w8({5, 2, 3, 3, 1})),
      Maker{same}("same_upper", x8({1, 7, 8, 3}), w8({4, 3, 3, 3}), false),
      Maker{narrow}("uneven", x8({1, 9, 17, 3}), w8({4, 3, 5, 3})),
      Maker{plain}("many_places", x8({1, 21, 40, 4}), w8({9, 1, 1, 4})),
      Maker{two(1, 1, 1)}("many_channels", x8({1, 7, 7, 70}), w8({90, 3, 3, 70})),
      Maker{two(1, 1, 1)}("same_channels", around(DType::i8, {2, 9, 33, 16}), w8({40, 3, 3, 16})),
      Maker{two(1, 3, 2)}("same_dilated", xu8({1, 8, 21, 72}), w8({9, 3, 3, 72})),
      Maker{two(1, 0, 1)}("long_pointwise", x8({2, 5, 9, 68}), w8({50, 1, 1, 68})),
      Maker{two(1, 0, 1, 2)}("long_grouped", xu8({1, 5, 9, 136}), w8({66, 1, 1, 68})),
      Maker{plain}("negative", around(DType::i8, {40, 148}), w8({50, 148})),
      Maker{half}("shifted_rows", around(DType::i8, {61, 68}), wu8({33, 68}, 256))};
  // In fixed point, with scales below and above 1.
  for (const size_t i : {size_t{0}, size_t{1}, size_t{13}, size_t{14}, size_t{17}}) {
    OpCase fixed = all[i];
    fixed.name += "_fixed";
    fixed.operands[2].dtype = DType::f64;
    all.push_back(fixed);
    fixed.name += "_signed";
    fixed.operands[2].fill = Fill::fraction;
    all.push_back(fixed);
  }
  return all;
}

std::vector<BadCase> bad_cases() {
  const auto x = x8({1, 5, 5, 4}), w = x8({6, 3, 3, 4}), scale = positive({6});
  const QuantizedConvAttrs fine;
  const auto with_y = [](CodesAttrs y) { return QuantizedConvAttrs{.y = std::move(y)}; };
  const QuantizedConvAttrs stride{.window = {.strides = {0, 1}}};
  const QuantizedConvAttrs far{.x_zero = -128, .w_zero = 127};
  return {{"C1", fine, {floats({1, 5, 5, 4}), w, scale}},
          {"C1", fine, {x, floats({6, 3, 3, 4}), scale}},
          {"C1", QuantizedConvAttrs{.x_zero = 128}, {x, w, scale}},
          {"C1", QuantizedConvAttrs{.w_zero = -129}, {x, w, scale}},
          {"C2", fine, {x8({5, 5, 4}), w, scale}},
          {"C2", fine, {x, x8({6}), scale}},
          {"C3", fine, {x, x8({6, 3, 3, 3}), scale}},
          {"C3", QuantizedConvAttrs{.groups = 4}, {x, x8({6, 3, 3, 1}), scale}},
          {"C3", QuantizedConvAttrs{.groups = 0}, {x, w, scale}},
          {"C4", fine, {x, w, positive({5})}},
          {"C4", fine, {x, w, scale, floats({6})}},
          {"C5", stride, {x, w, scale}},
          {"C6", with_y({.to = "i16"}), {x, w, scale}},
          {"C6", with_y({.to = "u8"}), {x, w, scale}},
          {"C6", with_y({.low = 3, .high = 2}), {x, w, scale}},
          {"C7", far, {x8({1, 33027}), x8({1, 33027}), positive({1})}}};
}

}  // namespace

const OpSemantics& quantized_conv_semantics() {
  static const OpSemantics kSemantics{&quantized_conv_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
