#include "ops/pool/op.h"

#include <cmath>
#include <limits>

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;
using Kind = PoolAttrs::Kind;

struct Seen {
  double value = 0, taps = 0;
  int64_t index = 0;  // of the largest
};

// What the window at `place` sees of one plane.
class Window {
 public:
  Window(const PoolAttrs& attrs, const std::vector<WindowAxis>& axes, std::span<const int64_t> size)
      : attrs_(attrs), axes_(axes), size_(size) {}

  Seen look(const double* plane, std::span<const int64_t> place) const {
    Seen seen;
    if (attrs_.kind == Kind::max) seen.value = -std::numeric_limits<double>::infinity();
    walk(plane, place, 0, 0, true, seen);
    if (attrs_.kind == Kind::average) seen.value = seen.taps == 0 ? 0 : seen.value / seen.taps;
    if (attrs_.kind == Kind::lp) {
      seen.value = std::pow(seen.value, 1 / static_cast<double>(attrs_.p));
    }
    return seen;
  }

 private:
  void walk(const double* plane, std::span<const int64_t> place, size_t axis, int64_t offset,
            bool inside, Seen& seen) const {
    if (axis == axes_.size()) return take(plane, offset, inside, seen);
    const WindowAxis& a = axes_[axis];
    for (int64_t k = 0; k < a.kernel; ++k) {
      const int64_t at = place[axis] * a.stride - a.begin + k * a.dilation;
      if (at >= size_[axis] + a.end) continue;  // beyond the padding
      walk(plane, place, axis + 1, offset * size_[axis] + at, inside && at >= 0 && at < size_[axis],
           seen);
    }
  }
  void take(const double* plane, int64_t offset, bool inside, Seen& seen) const {
    if (inside || attrs_.count_padding) ++seen.taps;
    if (!inside) return;
    const double x = plane[offset];
    if (attrs_.kind == Kind::average) seen.value += x;
    if (attrs_.kind == Kind::lp) seen.value += std::pow(std::fabs(x), attrs_.p);
    if (attrs_.kind == Kind::max && (x > seen.value || std::isnan(x))) {
      seen.value = x;
      seen.index = offset;
    }
  }

  const PoolAttrs& attrs_;
  const std::vector<WindowAxis>& axes_;
  std::span<const int64_t> size_;
};

int64_t to_column_major(int64_t index, std::span<const int64_t> size) {
  std::vector<int64_t> at(size.size());
  for (size_t i = size.size(); i-- > 0; index /= size[i]) at[i] = index % size[i];
  int64_t turned = 0;
  for (size_t i = size.size(); i-- > 0;) turned = turned * size[i] + at[i];
  return turned;
}

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<PoolAttrs>();
  const HostTensor& x = *args.operands[0];
  HostTensor& y = args.results[0];
  const std::span<const int64_t> size = std::span(x.shape).subspan(2);
  const Shape sizes(size.begin(), size.end());
  const auto axes = pool_axes(attrs, sizes);
  const Window window(attrs, *axes, size);
  int64_t plane = 1;
  for (const int64_t s : size) plane *= s;
  std::vector<int64_t> place(size.size());
  for (size_t i = 0; i < y.data.size(); ++i) {
    auto rest = static_cast<int64_t>(i);
    for (size_t a = size.size(); a-- > 0; rest /= y.shape[a + 2]) place[a] = rest % y.shape[a + 2];
    const Seen seen = window.look(x.data.data() + rest * plane, place);
    y.data[i] = seen.value;
    if (!attrs.indices) continue;
    const int64_t at = attrs.column_major ? to_column_major(seen.index, size) : seen.index;
    args.results[1].data[i] = static_cast<double>(rest * plane + at);
  }
}

std::vector<OpCase> cases() {
  const auto square = [](Kind kind, int64_t kernel, int64_t stride, int64_t pad) {
    return PoolAttrs{
        .kind = kind,
        .kernel = {kernel, kernel},
        .window = {.strides = {stride, stride}, .dilations = {}, .pads = {pad, pad, pad, pad}}};
  };
  std::vector<OpCase> all;
  for (size_t i = 0; i < std::size(kPoolKindNames); ++i) {
    const auto kind = static_cast<Kind>(i);
    const std::string_view name = kPoolKindNames[i];
    all.push_back({cat(name, "_two"), square(kind, 2, 2, 0), {floats({2, 3, 8, 34})}});
    all.push_back({cat(name, "_three"), square(kind, 3, 2, 1), {floats({1, 3, 9, 40})}});
    all.push_back({cat(name, "_five"), square(kind, 5, 1, 2), {floats({1, 4, 20, 20})}});
    PoolAttrs ceil = square(kind, 3, 2, 1);
    ceil.ceil = true;
    all.push_back({cat(name, "_ceil"), ceil, {floats({1, 2, 8, 8})}});
    ceil.count_padding = true;
    all.push_back({cat(name, "_ceil_padding"), ceil, {floats({1, 2, 8, 8})}});
    PoolAttrs dilated = square(kind, 2, 1, 0);
    dilated.window.dilations = {2, 3};
    all.push_back({cat(name, "_dilated"), dilated, {floats({1, 2, 7, 9})}});
    all.push_back({cat(name, "_one_axis"),
                   PoolAttrs{.kind = kind, .kernel = {3}, .window = {.strides = {2}}, .p = 3},
                   {floats({2, 3, 40})}});
    all.push_back({cat(name, "_three_axes"),
                   PoolAttrs{.kind = kind,
                             .kernel = {2, 3, 2},
                             .window = {.pads = {0, 1, 1, 1, 1, 0}},
                             .count_padding = true},
                   {floats({1, 2, 3, 5, 6})}});
    all.push_back({cat(name, "_global"), PoolAttrs{.kind = kind}, {floats({2, 3, 5, 7})}});
    PoolAttrs same = square(kind, 3, 2, 0);
    same.window.pads = {};
    same.window.pad = WindowAttrs::Pad::same_lower;
    all.push_back({cat(name, "_same"), same, {floats({1, 2, 6, 9})}});
  }
  all.push_back({"max_i8", square(Kind::max, 3, 1, 1), {typed(DType::i8, {1, 2, 5, 6})}});
  all.push_back({"average_f64", square(Kind::average, 3, 1, 1), {typed(DType::f64, {1, 2, 5, 6})}});
  PoolAttrs where = square(Kind::max, 3, 2, 1);
  where.indices = true;
  all.push_back({"max_indices", where, {floats({2, 3, 7, 8})}});
  where.column_major = true;
  all.push_back({"max_indices_columns", where, {floats({2, 3, 7, 8})}});
  return all;
}

std::vector<BadCase> bad_cases() {
  const auto x = floats({1, 2, 5, 5});
  const auto kernel = [](std::vector<int64_t> sizes) {
    return PoolAttrs{.kernel = std::move(sizes)};
  };
  return {{"C1", PoolAttrs{.kind = Kind::average}, {typed(DType::i8, {1, 2, 5, 5})}},
          {"C1", PoolAttrs{}, {typed(DType::boolean, {1, 2, 5, 5})}},
          {"C2", PoolAttrs{}, {floats({2, 5})}},
          {"C2", PoolAttrs{}, {floats({1, 2, 0, 5})}},
          {"C3", kernel({2}), {x}},
          {"C3", kernel({0, 1}), {x}},
          {"C3", PoolAttrs{.kind = Kind::lp, .p = 0}, {x}}};
}

}  // namespace

const OpSemantics& pool_semantics() {
  static const OpSemantics kSemantics{&pool_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
