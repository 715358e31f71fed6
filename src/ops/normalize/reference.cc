#include "ops/normalize/op.h"

#include <cmath>

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;
using Kind = NormalizeAttrs::Kind;

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<NormalizeAttrs>();
  const HostTensor &x = *args.operands[0], *scale = args.operands[1], *bias = args.operands[2];
  const int64_t numbers = scale == nullptr ? 0 : static_cast<int64_t>(scale->data.size());
  const NormalizeSizes sizes = normalize_sizes(attrs, x.shape, numbers);
  for (int64_t row = 0; row < sizes.rows; ++row) {
    const double* from = x.data.data() + row * sizes.size;
    double mean = 0, variance = 0;
    for (int64_t i = 0; i < sizes.size; ++i) mean += from[i] / static_cast<double>(sizes.size);
    if (attrs.kind == Kind::rms) mean = 0;
    for (int64_t i = 0; i < sizes.size; ++i) {
      variance += (from[i] - mean) * (from[i] - mean) / static_cast<double>(sizes.size);
    }
    for (int64_t i = 0; i < sizes.size; ++i) {
      const auto at = static_cast<size_t>((row % sizes.row_period * sizes.size + i) / sizes.run);
      double y = (from[i] - mean) / std::sqrt(variance + static_cast<double>(attrs.eps));
      if (scale != nullptr) y *= scale->data[at];
      if (bias != nullptr) y += bias->data[at];
      args.results[0].data[static_cast<size_t>(row * sizes.size + i)] = y;
    }
  }
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  for (const int64_t n : {1, 15, 16, 33, 100}) {
    const auto x = floats({3, n}), w = floats({n});
    all.push_back({cat("layer_", n), NormalizeAttrs{}, {x, w, w}});
    all.push_back({cat("rms_", n), NormalizeAttrs{Kind::rms}, {x, w, absent()}});
  }
  const auto layer = [](int64_t axis) { return NormalizeAttrs{Kind::layer, axis}; };
  const auto groups = [](int64_t count) { return NormalizeAttrs{Kind::groups, -1, count, 1e-3f}; };
  const auto f64 = [](std::vector<int64_t> shape) { return typed(DType::f64, std::move(shape)); };
  const std::vector<OpCase> more = {
      {"layer_axes", layer(1), {floats({2, 3, 5}), floats({3, 5}), floats({3, 5})}},
      {"layer_all", layer(0), {floats({3, 19}), absent(), absent()}},
      {"layer_long", layer(1), {floats({2, 9000}), floats({9000}), absent()}},
      {"instance", groups(0), {floats({2, 3, 5, 7}), floats({3}), floats({3})}},
      {"groups_channel", groups(2), {floats({2, 6, 4, 5}), floats({6}), floats({6})}},
      {"groups_group", groups(2), {floats({2, 6, 20}), floats({2}), floats({2})}},
      {"groups_plain", groups(3), {floats({2, 6}), absent(), absent()}},
      {"f64_layer", layer(-1), {f64({2, 5}), f64({5}), f64({5})}},
      {"f64_groups", groups(2), {f64({2, 4, 3}), f64({4}), absent()}},
      {"f64_rms", NormalizeAttrs{Kind::rms}, {f64({2, 5}), f64({5}), absent()}},
  };
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::vector<BadCase> bad_cases() {
  const NormalizeAttrs layer, groups{Kind::groups, -1, 4};
  const auto x = floats({2, 6, 5}), w = floats({5});
  return {{"C1", layer, {typed(DType::i32, {2, 5}), w, w}},
          {"C1", layer, {x, typed(DType::f16, {5}), absent()}},
          {"C2", NormalizeAttrs{Kind::layer, 3}, {x, absent(), absent()}},
          {"C2", groups, {x, absent(), absent()}},
          {"C2", groups, {w, absent(), absent()}},
          {"C3", layer, {x, floats({6}), absent()}},
          {"C3", layer, {x, w, floats({1})}},
          {"C3", layer, {x, absent(), w}},
          {"C3", NormalizeAttrs{Kind::groups, -1, 3}, {x, floats({3}), floats({6})}}};
}

}  // namespace

const OpSemantics& normalize_semantics() {
  static const OpSemantics kSemantics{&normalize_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
