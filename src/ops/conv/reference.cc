#include "ops/conv/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

// Walks every tap of every place, with indices counted down from the flat ones.
void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<ConvAttrs>();
  const HostTensor &x = *args.operands[0], &w = *args.operands[1];
  const HostTensor *bias = args.operands[2], *residual = args.operands[3];
  const HostTensor* slope = args.operands[4];
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
    double sum = bias == nullptr ? 0 : bias->data[static_cast<size_t>(channel)];
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
      sum += x.data[static_cast<size_t>((image * x.shape[1] + in_channel) * step + offset)] *
             w.data[static_cast<size_t>(channel * taps + tap)];
    }
    const EpilogueAttrs epilogue =
        of_channel(attrs.epilogue, slope == nullptr ? nullptr : slope->data.data(), channel);
    y.data[i] = finish(epilogue, sum, residual == nullptr ? 0 : residual->data[i]);
  }
}

// A slope a channel behind each kind of kernel.
void add_slopes(std::vector<OpCase>& all) {
  const WindowAttrs same{.pads = {1, 1, 1, 1}};
  const auto leaky = [](ResidualPlace place) {
    return EpilogueAttrs{.activation = Activation::leaky, .residual = place};
  };
  all.push_back({"pointwise_slopes",
                 ConvAttrs{.epilogue = leaky(ResidualPlace::before)},
                 {floats({1, 20, 5, 10}), floats({9, 20, 1, 1}), floats({9}), floats({1, 9, 5, 10}),
                  floats({9})}});
  all.push_back({"grouped_slopes",
                 ConvAttrs{.window = same, .groups = 2, .epilogue = leaky(ResidualPlace::after)},
                 {floats({2, 8, 6, 7}), floats({22, 4, 3, 3}), absent(), floats({2, 22, 6, 7}),
                  floats({22})}});
  all.push_back({"few_places_slopes",
                 ConvAttrs{.groups = 2, .epilogue = leaky(ResidualPlace::before)},
                 {floats({1, 80, 2, 3}), floats({14, 40, 2, 2}), floats({14}),
                  floats({1, 14, 1, 2}), floats({14})}});
  all.push_back(
      {"depthwise_slopes",
       ConvAttrs{.window = same, .groups = 5, .epilogue = leaky(ResidualPlace::before)},
       {floats({2, 5, 6, 21}), floats({5, 1, 3, 3}), floats({5}), absent(), floats({5})}});
}

// Every activation behind each kind of kernel, with residuals before and after it.
void add_epilogues(std::vector<OpCase>& all) {
  const WindowAttrs same{.pads = {1, 1, 1, 1}};
  for (size_t i = 0; i < std::size(kActivationNames); ++i) {
    const EpilogueAttrs epilogue{.activation = static_cast<Activation>(i),
                                 .low = i == static_cast<size_t>(Activation::clip) ? -0.5f : 0.1f,
                                 .high = 1.5f,
                                 .residual = static_cast<ResidualPlace>(i % 2)};
    const std::string_view name = kActivationNames[i];
    all.push_back({cat("pointwise_", name),
                   ConvAttrs{.window = {}, .groups = 1, .epilogue = epilogue},
                   {floats({1, 20, 5, 10}), floats({9, 20, 1, 1}), floats({9}),
                    i < 4 ? floats({1, 9, 5, 10}) : absent()}});
    all.push_back({cat("square_", name),
                   ConvAttrs{.window = same, .groups = 1, .epilogue = epilogue},
                   {floats({1, 5, 6, 21}), floats({10, 5, 3, 3}), floats({10}),
                    i < 4 ? floats({1, 10, 6, 21}) : absent()}});
    all.push_back({cat("depthwise_", name),
                   ConvAttrs{.window = same, .groups = 5, .epilogue = epilogue},
                   {floats({1, 5, 6, 21}), floats({5, 1, 3, 3}), floats({5}),
                    i < 4 ? floats({1, 5, 6, 21}) : absent()}});
  }
}

WindowAttrs two(int64_t stride, int64_t pad, int64_t dilation) {
  return WindowAttrs{
      .strides = {stride, stride}, .dilations = {dilation, dilation}, .pads = {pad, pad, pad, pad}};
}

// As large as x, but made of other places.
void add_padded_pointwise(std::vector<OpCase>& all) {
  all.push_back({"pointwise_padded",
                 ConvAttrs{.window = {.strides = {2, 2}, .pads = {1, 1, 1, 1}}},
                 {floats({1, 40, 3, 3}), floats({36, 40, 1, 1}), floats({36})}});
  all.push_back({"pointwise_padded_wide",
                 ConvAttrs{.window = {.strides = {2, 2}, .pads = {9, 9, 9, 9}}},
                 {floats({1, 12, 19, 19}), floats({9, 12, 1, 1}), floats({9})}});
}

// Each channel of the result sees one channel of x.
void add_depthwise(std::vector<OpCase>& all) {
  all.push_back({"depthwise",
                 ConvAttrs{.window = two(1, 1, 1), .groups = 33},
                 {floats({1, 33, 9, 19}), floats({33, 1, 3, 3}), floats({33})}});
  all.push_back({"depthwise_stride",
                 ConvAttrs{.window = two(2, 2, 1), .groups = 17},
                 {floats({2, 17, 12, 13}), floats({17, 1, 5, 5}), floats({17})}});
  all.push_back({"depthwise_wider",
                 ConvAttrs{.window = two(1, 1, 1), .groups = 6},
                 {floats({1, 6, 5, 6}), floats({12, 1, 3, 3}), floats({12})}});
  all.push_back({"depthwise_five",
                 ConvAttrs{.window = two(1, 2, 1), .groups = 3},
                 {floats({1, 3, 30, 37}), floats({3, 1, 5, 5}), floats({3})}});
  all.push_back({"depthwise_half",
                 ConvAttrs{.window = two(2, 1, 1), .groups = 3},
                 {floats({1, 3, 30, 37}), floats({3, 1, 3, 3}), absent()}});
  all.push_back({"depthwise_wide",
                 ConvAttrs{.window = two(1, 1, 1), .groups = 3},
                 {floats({1, 3, 30, 37}), floats({3, 1, 3, 3}), floats({3})}});
  all.push_back({"depthwise_five_narrow",
                 ConvAttrs{.window = two(1, 2, 1), .groups = 3},
                 {floats({2, 3, 9, 7}), floats({6, 1, 5, 5}), floats({6})}});
  all.push_back({"depthwise_one_place",
                 ConvAttrs{.window = two(1, 2, 1), .groups = 3},
                 {floats({1, 3, 1, 1}), floats({3, 1, 5, 5}), floats({3})}});
  all.push_back({"many_of_one",
                 ConvAttrs{.window = {.strides = {2, 2}, .pads = {4, 1, 5, 1}}},
                 {floats({1, 1, 25, 7}), floats({20, 1, 10, 4}), floats({20})}});
  all.push_back({"depthwise_dilated",
                 ConvAttrs{.window = two(1, 2, 2), .groups = 3},
                 {floats({1, 3, 9, 20}), floats({3, 1, 3, 3}), absent()}});
}

// Too few places to fill the lanes.
void add_few_places(std::vector<OpCase>& all) {
  all.push_back(
      {"one_place", ConvAttrs{}, {floats({2, 40, 3, 3}), floats({10, 40, 3, 3}), floats({10})}});
  all.push_back({"few_places_far_apart",
                 ConvAttrs{.window = {.strides = {128}, .pads = {1, 0}}},
                 {floats({1, 1, 640}), floats({21, 1, 257}), absent()}});
  all.push_back({"few_places_dilated",
                 ConvAttrs{.window = two(1, 1, 2), .groups = 2},
                 {floats({2, 160, 5, 4}), floats({6, 80, 3, 3}), floats({6})}});
}

// Enough taps for lanes of channels: tiles of whole and of half vectors, and pairs of rows.
void add_many_taps(std::vector<OpCase>& all) {
  const EpilogueAttrs clip{.activation = Activation::clip, .low = -1, .high = 2};
  const EpilogueAttrs silu{.activation = Activation::silu, .residual = ResidualPlace::after};
  const EpilogueAttrs leaky{.activation = Activation::leaky};
  all.push_back({"seven_columns",
                 ConvAttrs{.window = two(1, 1, 1), .epilogue = clip},
                 {floats({1, 12, 7, 7}), floats({72, 12, 3, 3}), floats({72})}});
  all.push_back({"seven_columns_residual",
                 ConvAttrs{.epilogue = silu},
                 {floats({2, 70, 7, 7}), floats({48, 70, 1, 1}), absent(), floats({2, 48, 7, 7})}});
  all.push_back({"groups_of_many_channels",
                 ConvAttrs{.window = two(2, 1, 1), .groups = 2, .epilogue = leaky},
                 {floats({1, 20, 13, 14}), floats({88, 10, 3, 3}), floats({88}),
                  floats({1, 88, 7, 7}), floats({88})}});
  all.push_back(
      {"many_channels_slopes",
       ConvAttrs{.epilogue = leaky},
       {floats({1, 80, 3, 9}), floats({50, 80, 1, 1}), floats({50}), absent(), floats({50})}});
}

// Of plain 3 x 3, tiles that the result's borders cut, in rows that fill several vectors.
void add_three_by_three(std::vector<OpCase>& all) {
  const EpilogueAttrs silu{.activation = Activation::silu, .residual = ResidualPlace::after};
  const EpilogueAttrs leaky{.activation = Activation::leaky};
  all.push_back(
      {"three_by_three_wide",
       ConvAttrs{.window = {.pads = {0, 2, 1, 1}}, .epilogue = silu},
       {floats({2, 14, 15, 77}), floats({40, 14, 3, 3}), floats({40}), floats({2, 40, 14, 78})}});
  all.push_back(
      {"three_by_three_slopes",
       ConvAttrs{.window = two(1, 1, 1), .epilogue = leaky},
       {floats({1, 65, 9, 10}), floats({17, 65, 3, 3}), floats({17}), absent(), floats({17})}});
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all{
      {"pointwise", ConvAttrs{}, {floats({2, 19, 5, 7}), floats({33, 19, 1, 1}), floats({33})}},
      {"pointwise_plain", ConvAttrs{}, {floats({1, 16, 8, 8}), floats({16, 16, 1, 1})}},
      {"first_layer",
       ConvAttrs{.window = two(2, 1, 1)},
       {floats({1, 3, 17, 18}), floats({32, 3, 3, 3}), floats({32})}},
      {"three_by_three",
       ConvAttrs{.window = two(1, 1, 1)},
       {floats({1, 18, 9, 11}), floats({20, 18, 3, 3}), floats({20})}},
      {"dilated",
       ConvAttrs{.window = two(1, 2, 2)},
       {floats({1, 4, 9, 9}), floats({5, 4, 3, 3}), absent()}},
      {"grouped",
       ConvAttrs{.window = two(1, 1, 1), .groups = 2},
       {floats({1, 8, 6, 7}), floats({10, 4, 3, 3}), floats({10})}},
      {"one_axis",
       ConvAttrs{.window = {.strides = {2}, .dilations = {1}, .pads = {3, 2}}},
       {floats({2, 5, 21}), floats({7, 5, 4}), floats({7})}},
      {"three_axes",
       ConvAttrs{.window = {.pads = {1, 0, 1, 0, 1, 1}}},
       {floats({1, 2, 4, 5, 6}), floats({3, 2, 2, 3, 3}), floats({3})}},
      {"same_upper",
       ConvAttrs{.window = {.strides = {2, 2}, .pad = WindowAttrs::Pad::same_upper}},
       {floats({1, 3, 7, 8}), floats({4, 3, 3, 3}), absent()}},
      {"same_lower",
       ConvAttrs{.window = {.pad = WindowAttrs::Pad::same_lower}},
       {floats({1, 3, 7, 8}), floats({4, 3, 2, 2}), absent()}},
      {"many_places", ConvAttrs{}, {floats({1, 17, 21, 20}), floats({9, 17, 1, 1}), floats({9})}},
      {"many_channels",
       ConvAttrs{.window = two(2, 0, 1)},
       {floats({1, 70, 7, 7}), floats({90, 70, 1, 1}), floats({90})}},
      {"wide_stride",
       ConvAttrs{.window = two(3, 1, 2)},
       {floats({1, 6, 40, 61}), floats({17, 6, 3, 3}), floats({17})}},
      {"wide_row",
       ConvAttrs{.window = {.pads = {0, 2, 0, 2}}},
       {floats({1, 2, 3, 700}), floats({3, 2, 1, 5}), floats({3})}},
      {"uneven",
       ConvAttrs{.window = {.strides = {1, 3}, .dilations = {2, 1}, .pads = {0, 4, 3, 1}}},
       {floats({1, 3, 9, 17}), floats({4, 3, 3, 5}), floats({4})}},
  };
  add_padded_pointwise(all);
  add_depthwise(all);
  add_few_places(all);
  add_many_taps(all);
  add_three_by_three(all);
  add_epilogues(all);
  add_slopes(all);
  for (OpCase& one : all) one.tolerance_ulps = 64;
  return all;
}

std::vector<BadCase> bad_cases() {
  const auto x = floats({1, 4, 5, 5}), w = floats({6, 4, 3, 3});
  const ConvAttrs leaky{.epilogue = {.activation = Activation::leaky}};
  const auto stride = [](std::vector<int64_t> strides) {
    return ConvAttrs{.window = {.strides = std::move(strides)}};
  };
  return {{"C1", ConvAttrs{}, {typed(DType::i32, {1, 4, 5, 5}), w, absent()}},
          {"C1", ConvAttrs{}, {x, typed(DType::f16, {6, 4, 3, 3}), absent()}},
          {"C2", ConvAttrs{}, {floats({4, 5}), floats({6, 4}), absent()}},
          {"C2", ConvAttrs{}, {floats({1, 4, 2, 2, 2, 2}), floats({6, 4, 1, 1, 1, 1}), absent()}},
          {"C3", ConvAttrs{}, {x, floats({6, 3, 3, 3}), absent()}},
          {"C3", ConvAttrs{}, {x, floats({6, 4, 3}), absent()}},
          {"C3", ConvAttrs{.groups = 4}, {x, floats({6, 1, 3, 3}), absent()}},
          {"C3", ConvAttrs{.groups = 0}, {x, w, absent()}},
          {"C4", ConvAttrs{}, {x, w, floats({5})}},
          {"C5", stride({1}), {x, w, absent()}},
          {"C5", stride({0, 1}), {x, w, absent()}},
          {"C6", ConvAttrs{}, {x, w, absent(), floats({1, 6, 3, 4})}},
          {"C6", ConvAttrs{}, {x, w, absent(), typed(DType::f16, {1, 6, 3, 3})}},
          {"C7", ConvAttrs{}, {x, w, absent(), absent(), floats({6})}},
          {"C7", leaky, {x, w, absent(), absent(), floats({5})}},
          {"C7", leaky, {x, w, absent(), absent(), typed(DType::f16, {6})}}};
}

}  // namespace

const OpSemantics& conv_semantics() {
  static const OpSemantics kSemantics{&conv_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
