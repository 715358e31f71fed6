#include "ops/quantized_pool/op.h"

#include <algorithm>

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;
using Kind = PoolAttrs::Kind;

// What the window at one place sees of one channel.
struct Seen {
  double sum = 0, largest = -1000;
  int64_t taps = 0;
};

struct Window {
  const PoolAttrs& attrs;
  const std::vector<WindowAxis>& axes;
  const HostTensor& x;

  void look(std::span<const int64_t> place, int64_t channel, size_t axis, int64_t offset,
            bool inside, Seen& seen) const {
    if (axis == axes.size()) {
      if (inside || attrs.count_padding) ++seen.taps;
      if (!inside) return;
      const double code = x.data[static_cast<size_t>(offset * x.shape.back() + channel)];
      seen.sum += code;
      seen.largest = std::max(seen.largest, code);
      return;
    }
    const WindowAxis& a = axes[axis];
    const int64_t size = x.shape[axis + 1];
    for (int64_t k = 0; k < a.kernel; ++k) {
      const int64_t at = place[axis] * a.stride - a.begin + k * a.dilation;
      if (at >= size + a.end) continue;  // beyond the padding
      look(place, channel, axis + 1, offset * size + at, inside && at >= 0 && at < size, seen);
    }
  }
};

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<QuantizedPoolAttrs>();
  // With codes less their zero, padding is a zero that can be left out of the sum.
  HostTensor x = *args.operands[0];
  for (double& code : x.data) code -= static_cast<double>(attrs.x_zero);
  HostTensor& y = args.results[0];
  const size_t spatial = x.shape.size() - 2;
  const Shape sizes(x.shape.begin() + 1, x.shape.end() - 1);
  const auto axes = pool_axes(attrs.pool, sizes);
  const Window window{attrs.pool, *axes, x};
  for (size_t i = 0; i < y.data.size(); ++i) {
    auto rest = static_cast<int64_t>(i);
    const int64_t channel = rest % y.shape.back();
    rest /= y.shape.back();
    std::vector<int64_t> place(spatial);
    for (size_t a = spatial; a-- > 0; rest /= y.shape[a + 1]) place[a] = rest % y.shape[a + 1];
    Seen seen;
    window.look(place, channel, 0, rest, true, seen);
    if (attrs.pool.kind == Kind::max) {
      y.data[i] = std::clamp(seen.largest + static_cast<double>(attrs.x_zero),
                             static_cast<double>(attrs.y.low), static_cast<double>(attrs.y.high));
    } else {
      y.data[i] = MeanRule(attrs, seen.taps).code(static_cast<int64_t>(seen.sum));
    }
  }
}

std::vector<OpCase> cases() {
  const auto codes = [](DType dtype, std::vector<int64_t> shape) {
    return CaseOperand{.dtype = dtype,
                       .shape = std::move(shape),
                       .fill = Fill::index,
                       .limit = dtype == DType::u8 ? 256 : 128};
  };
  std::vector<OpCase> all;
  for (const Kind kind : {Kind::max, Kind::average}) {
    const std::string_view name = kPoolKindNames[static_cast<size_t>(kind)];
    const auto pool = [&](PoolAttrs attrs) {
      attrs.kind = kind;
      return QuantizedPoolAttrs{
          .pool = attrs, .x_zero = 40, .x_scale = 1.3f, .y = {.zero = 3, .low = -90, .high = 120}};
    };
    const auto square = [&](int64_t kernel, int64_t stride, int64_t pad) {
      return PoolAttrs{.kernel = {kernel, kernel},
                       .window = {.strides = {stride, stride}, .pads = {pad, pad, pad, pad}}};
    };
    const auto add = [&](std::string_view what, PoolAttrs attrs, std::vector<int64_t> shape) {
      all.push_back(
          {cat(name, "_", what), pool(std::move(attrs)), {codes(DType::i8, std::move(shape))}, 0});
    };
    add("two", square(2, 2, 0), {2, 8, 6, 34});
    add("three", square(3, 2, 1), {1, 9, 12, 19});
    PoolAttrs ceil = square(3, 2, 1);
    ceil.ceil = true;
    add("ceil", ceil, {1, 8, 8, 3});
    ceil.count_padding = true;
    add("ceil_padding", ceil, {1, 8, 8, 3});
    PoolAttrs dilated = square(2, 1, 0);
    dilated.window.dilations = {2, 3};
    add("dilated", dilated, {1, 7, 9, 3});
    add("one_axis", {.kernel = {3}, .window = {.strides = {2}}}, {2, 9, 5});
    add("three_axes", {.kernel = {2, 3, 2}, .window = {.pads = {0, 1, 1, 1, 1, 0}}},
        {1, 3, 5, 6, 2});
    add("global", {}, {2, 5, 7, 100});
    if (kind == Kind::average) {
      const size_t count = all.size();
      for (size_t i = 0; i < count; ++i) {
        for (const float y_scale : {1.0f, 1.3f}) {
          if (all[i].attrs.as<QuantizedPoolAttrs>().pool.kind != kind) continue;
          OpCase fixed = all[i];
          auto attrs = fixed.attrs.as<QuantizedPoolAttrs>();
          attrs.fixed_point = true;
          attrs.y_scale = y_scale;
          fixed.attrs = attrs;
          fixed.name += y_scale == 1.0f ? "_fixed" : "_mean";
          all.push_back(fixed);
        }
      }
    }
    QuantizedPoolAttrs of_u8 = pool(square(3, 1, 1));
    of_u8.y = {.to = "u8", .zero = 100, .low = 9, .high = 222};
    all.push_back({cat(name, "_u8"), of_u8, {codes(DType::u8, {1, 5, 4, 21})}, 0});
  }
  return all;
}

std::vector<BadCase> bad_cases() {
  const auto x = typed(DType::i8, {1, 5, 5, 2});
  const auto with = [](PoolAttrs pool) { return QuantizedPoolAttrs{.pool = std::move(pool)}; };
  const QuantizedPoolAttrs fine;
  return {{"C1", fine, {floats({1, 5, 5, 2})}},
          {"C1", QuantizedPoolAttrs{.x_zero = 128}, {x}},
          {"C2", fine, {typed(DType::i8, {5, 2})}},
          {"C2", fine, {typed(DType::i8, {1, 0, 5, 2})}},
          {"C3", with({.kernel = {2}}), {x}},
          {"C3", fine, {typed(DType::i8, {1, 1 << 12, 1 << 12, 1})}},
          {"C4", with({.kind = Kind::lp}), {x}},
          {"C4", with({.indices = true}), {x}},
          {"C4", QuantizedPoolAttrs{.y = {.to = "u8", .low = 0}}, {x}},
          {"C5", QuantizedPoolAttrs{.y = {.to = "u8"}}, {x}}};
}

}  // namespace

const OpSemantics& quantized_pool_semantics() {
  static const OpSemantics kSemantics{&quantized_pool_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
