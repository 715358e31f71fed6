#include "ops/conv_integer/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

// Walks every tap of every place, with indices counted down from the flat ones.
void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<ConvIntegerAttrs>();
  const HostTensor &x = *args.operands[0], &w = *args.operands[1];
  const auto number = [&](size_t operand, int64_t i) {
    const HostTensor* t = args.operands[operand];
    if (t == nullptr) return 0.0;
    return t->data[t->data.size() == 1 ? 0 : static_cast<size_t>(i)];
  };
  HostTensor& y = args.results[0];
  const size_t spatial = x.shape.size() - 2;
  const Shape sizes(x.shape.begin() + 2, x.shape.end());
  const auto axes = window_axes(attrs.window, sizes, std::span(w.shape).subspan(2));
  const int64_t group_size = w.shape[0] / attrs.groups;
  int64_t taps = 1;
  for (size_t i = 1; i < w.shape.size(); ++i) taps *= w.shape[i];
  for (size_t i = 0; i < y.data.size(); ++i) {
    std::vector<int64_t> place(spatial);
    auto rest = static_cast<int64_t>(i);
    for (size_t a = spatial; a-- > 0; rest /= y.shape[a + 2]) place[a] = rest % y.shape[a + 2];
    const int64_t channel = rest % y.shape[1], image = rest / y.shape[1];
    double sum = number(4, channel);
    for (int64_t tap = 0; tap < taps; ++tap) {
      int64_t left = tap, offset = 0, step = 1;
      bool inside = true;
      for (size_t a = spatial; a-- > 0; left /= w.shape[a + 2]) {
        const WindowAxis& axis = (*axes)[a];
        const int64_t at =
            place[a] * axis.stride - axis.begin + left % w.shape[a + 2] * axis.dilation;
        inside = inside && at >= 0 && at < x.shape[a + 2];
        offset += at * step;
        step *= x.shape[a + 2];
      }
      if (!inside) continue;
      const int64_t in_channel = channel / group_size * w.shape[1] + left;
      const auto at = static_cast<size_t>((image * x.shape[1] + in_channel) * step + offset);
      sum += (x.data[at] - number(2, 0)) *
             (w.data[static_cast<size_t>(channel * taps + tap)] - number(3, channel));
    }
    y.data[i] = sum;
  }
}

CaseOperand u8(std::vector<int64_t> shape) {
  return {.dtype = DType::u8, .shape = std::move(shape), .fill = Fill::index, .limit = 256};
}
CaseOperand i8(std::vector<int64_t> shape) {
  return {.dtype = DType::i8, .shape = std::move(shape), .fill = Fill::index, .limit = 128};
}
CaseOperand bias(int64_t count) {
  return {.dtype = DType::i32, .shape = {count}, .fill = Fill::index, .limit = 100000};
}

std::vector<OpCase> cases() {
  const auto two = [](int64_t stride, int64_t pad, int64_t dilation) {
    return WindowAttrs{.strides = {stride, stride},
                       .dilations = {dilation, dilation},
                       .pads = {pad, pad, pad, pad}};
  };
  std::vector<OpCase> all{
      {"pointwise",
       ConvIntegerAttrs{},
       {u8({2, 19, 5, 7}), i8({33, 19, 1, 1}), u8({}), absent(), bias(33)}},
      {"padded",
       ConvIntegerAttrs{.window = two(1, 1, 1)},
       {u8({1, 5, 9, 20}), i8({6, 5, 3, 3}), u8({1}), i8({6})}},
      {"stride",
       ConvIntegerAttrs{.window = two(2, 1, 1)},
       {i8({1, 3, 17, 18}), u8({8, 3, 3, 3}), i8({}), u8({}), bias(8)}},
      {"dilated",
       ConvIntegerAttrs{.window = two(1, 2, 2), .groups = 2},
       {u8({2, 12, 9, 10}), i8({14, 6, 3, 3}), u8({}), i8({})}},
      {"many_places",
       ConvIntegerAttrs{.window = two(1, 1, 1)},
       {u8({1, 8, 30, 37}), i8({70, 8, 3, 3}), u8({})}},
      {"depthwise",
       ConvIntegerAttrs{.window = two(1, 2, 2), .groups = 6},
       {u8({1, 6, 9, 9}), u8({12, 1, 3, 3}), u8({}), u8({12})}},
      {"one_axis",
       ConvIntegerAttrs{.window = {.strides = {2}, .dilations = {1}, .pads = {3, 2}}},
       {i8({2, 5, 21}), i8({7, 5, 4})}},
      {"three_axes",
       ConvIntegerAttrs{.window = {.pads = {1, 0, 1, 0, 1, 1}}},
       {u8({1, 2, 4, 5, 6}), i8({3, 2, 2, 3, 3}), u8({})}},
      {"uneven",
       ConvIntegerAttrs{.window = {.strides = {1, 3}, .dilations = {2, 1}, .pads = {0, 4, 3, 1}}},
       {u8({1, 3, 9, 17}), i8({4, 3, 3, 5}), u8({}), absent(), bias(4)}},
  };
  for (OpCase& c : all) c.tolerance_ulps = 0;
  return all;
}

std::vector<BadCase> bad_cases() {
  const auto x = u8({1, 4, 5, 5}), w = i8({6, 4, 3, 3});
  return {{"C1", ConvIntegerAttrs{}, {floats({1, 4, 5, 5}), w}},
          {"C1", ConvIntegerAttrs{}, {x, w, i8({})}},
          {"C1", ConvIntegerAttrs{}, {x, w, absent(), absent(), floats({6})}},
          {"C2", ConvIntegerAttrs{}, {u8({4, 5}), i8({6, 4})}},
          {"C3", ConvIntegerAttrs{}, {x, i8({6, 3, 3, 3})}},
          {"C3", ConvIntegerAttrs{.groups = 4}, {x, i8({6, 1, 3, 3})}},
          {"C4", ConvIntegerAttrs{}, {x, w, u8({2})}},
          {"C4", ConvIntegerAttrs{}, {x, w, absent(), i8({5})}},
          {"C4", ConvIntegerAttrs{}, {x, w, absent(), absent(), bias(5)}},
          {"C5", ConvIntegerAttrs{.window = {.strides = {1}}}, {x, w}}};
}

}  // namespace

const OpSemantics& conv_integer_semantics() {
  static const OpSemantics kSemantics{&conv_integer_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
