#include "ops/roi_align/op.h"

#include <algorithm>
#include <limits>

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

double cell_value(const RoiAlignAttrs& attrs, const HostTensor& x, int64_t plane,
                  const RoiAxis& rows, const RoiAxis& columns, int64_t row, int64_t column) {
  const bool largest = attrs.mode == RoiAlignAttrs::Mode::max;
  const int64_t height = x.shape[2], width = x.shape[3];
  const auto place = [](const RoiAxis& axis, int64_t cell, int64_t i) {
    const double within = (static_cast<double>(i) + 0.5) / static_cast<double>(axis.samples);
    return axis.begin + (static_cast<double>(cell) + within) * axis.cell;
  };
  double value = largest ? -std::numeric_limits<double>::infinity() : 0;
  for (int64_t i = 0; i < rows.samples; ++i) {
    for (int64_t j = 0; j < columns.samples; ++j) {
      const RoiSample r = roi_sample(place(rows, row, i), height);
      const RoiSample c = roi_sample(place(columns, column, j), width);
      const auto at = [&](int64_t h, int64_t w) {
        return x.data[static_cast<size_t>((plane * height + h) * width + w)];
      };
      const double corners[] = {r.low_weight * c.low_weight * at(r.low, c.low),
                                r.low_weight * c.high_weight * at(r.low, c.high),
                                r.high_weight * c.low_weight * at(r.high, c.low),
                                r.high_weight * c.high_weight * at(r.high, c.high)};
      for (const double corner : corners) {
        value = largest ? (corner > value ? corner : value) : value + corner;
      }
    }
  }
  const int64_t count = rows.samples * columns.samples;
  if (largest) return count == 0 ? 0 : value;
  return value / static_cast<double>(std::max<int64_t>(1, count));
}

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<RoiAlignAttrs>();
  const HostTensor &x = *args.operands[0], &rois = *args.operands[1], &images = *args.operands[2];
  HostTensor& y = args.results[0];
  for (size_t i = 0; i < y.data.size(); ++i) {
    auto rest = static_cast<int64_t>(i);
    const int64_t column = rest % attrs.width, row = rest / attrs.width % attrs.height;
    rest /= attrs.width * attrs.height;
    const int64_t channel = rest % x.shape[1], region = rest / x.shape[1];
    const double image = images.data[static_cast<size_t>(region)];
    if (image < 0 || image >= static_cast<double>(x.shape[0])) continue;  // 0
    const RoiAxis rows =
        roi_axis(attrs, rois.at(region, 1), rois.at(region, 3), attrs.height, x.shape[2]);
    const RoiAxis columns =
        roi_axis(attrs, rois.at(region, 0), rois.at(region, 2), attrs.width, x.shape[3]);
    y.data[i] = cell_value(attrs, x, static_cast<int64_t>(image) * x.shape[1] + channel, rows,
                           columns, row, column);
  }
}

std::vector<OpCase> cases() {
  const CaseOperand images{.dtype = DType::i64, .shape = {6}, .fill = Fill::index, .limit = 2};
  const CaseOperand beyond{.dtype = DType::i64, .shape = {6}, .fill = Fill::index, .limit = 4};
  std::vector<OpCase> all;
  for (const auto mode : {RoiAlignAttrs::Mode::avg, RoiAlignAttrs::Mode::max}) {
    RoiAlignAttrs attrs{.mode = mode, .height = 3, .width = 2, .samples = 2, .scale = 4};
    const std::string_view name = kRoiAlignModeNames[static_cast<size_t>(mode)];
    all.push_back({cat(name, "_half"), attrs, {floats({2, 3, 9, 8}), floats({6, 4}), images}});
    attrs.samples = 0;
    all.push_back({cat(name, "_free"), attrs, {floats({2, 3, 9, 8}), floats({6, 4}), images}});
    attrs.half_pixel = false;
    all.push_back({cat(name, "_whole"), attrs, {floats({2, 3, 9, 8}), floats({6, 4}), beyond}});
  }
  return all;
}

std::vector<BadCase> bad_cases() {
  const auto x = floats({1, 2, 5, 5}), rois = floats({3, 4}), images = typed(DType::i64, {3});
  return {{"C1", RoiAlignAttrs{}, {x, typed(DType::f64, {3, 4}), images}},
          {"C2", RoiAlignAttrs{}, {floats({1, 2, 5}), rois, images}},
          {"C3", RoiAlignAttrs{}, {x, floats({3, 5}), images}},
          {"C3", RoiAlignAttrs{}, {x, rois, typed(DType::i64, {2})}},
          {"C4", RoiAlignAttrs{.height = 0}, {x, rois, images}}};
}

}  // namespace

const OpSemantics& roi_align_semantics() {
  static const OpSemantics kSemantics{&roi_align_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
