#include <algorithm>
#include <cmath>

#include "ops/define.h"
#include "ops/roi_align/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "rois", "images"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x and rois are floats of one dtype",
    "C2: x is [batch, channels, height, width], not empty in height and width",
    "C3: rois are [n, 4], images i64 [n]",
    "C4: height and width are positive, samples not negative",
};
constexpr int64_t kMostCells = 1 << 20;

Expected<std::vector<TensorType>> infer(const RoiAlignAttrs& attrs, OperandTypes operands) {
  const TensorType &x = *operands[0], &rois = *operands[1], &images = *operands[2];
  if (!is_float(x.dtype) || rois.dtype != x.dtype) {
    return fail_constraint("C1", "they are ", name_of(x.dtype), " and ", name_of(rois.dtype));
  }
  if (x.shape.size() != 4 || x.shape[2] == Dim(0) || x.shape[3] == Dim(0)) {
    return fail_constraint("C2", "x is ", to_text(x, {}));
  }
  if (rois.shape.size() != 2 || !may_equal(rois.shape[1], Dim(4)) || images.dtype != DType::i64 ||
      images.shape.size() != 1 || !may_equal(images.shape[0], rois.shape[0])) {
    return fail_constraint("C3", "they are ", to_text(rois, {}), " and ", to_text(images, {}));
  }
  const auto sane = [](int64_t cells) { return cells >= 1 && cells <= kMostCells; };
  if (!sane(attrs.height) || !sane(attrs.width) || attrs.samples < 0) {
    return fail_constraint("C4", "they are ", attrs.height, ", ", attrs.width, " and ",
                           attrs.samples);
  }
  const Dim count = rois.shape[0].is_symbol() ? images.shape[0] : rois.shape[0];
  return std::vector<TensorType>{
      {x.dtype, {count, x.shape[1], Dim(attrs.height), Dim(attrs.width)}}};
}

Cost cost(const RoiAlignAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(40, operands, results);
}

}  // namespace

RoiAxis roi_axis(const RoiAlignAttrs& attrs, double low, double high, int64_t cells, int64_t size) {
  const double scale = static_cast<double>(attrs.scale), offset = attrs.half_pixel ? 0.5 : 0;
  RoiAxis axis{.begin = low * scale - offset};
  double length = high * scale - offset - axis.begin;
  if (!attrs.half_pixel) length = std::max(length, 1.0);
  axis.cell = length / static_cast<double>(cells);
  const double wanted =
      attrs.samples > 0 ? static_cast<double>(attrs.samples) : std::ceil(axis.cell);
  const auto most = static_cast<double>(size + 1);
  axis.samples = static_cast<int64_t>(wanted >= most ? most : wanted > 0 ? wanted : 0);
  return axis;
}

RoiSample roi_sample(double at, int64_t size) {
  const auto length = static_cast<double>(size);
  if (!(at >= -1 && at <= length)) return {};
  at = std::max(at, 0.0);
  RoiSample sample{.low = static_cast<int64_t>(at)};
  if (sample.low >= size - 1) return {size - 1, size - 1, 1, 0};
  sample.high = sample.low + 1;
  sample.high_weight = at - static_cast<double>(sample.low);
  sample.low_weight = 1 - sample.high_weight;
  return sample;
}

const OpDef& roi_align_op() {
  using T = Typed<RoiAlignAttrs, infer, cost>;
  static const OpDef kDef{.name = "roi_align",
                          .summary = "interpolated cells of regions of x (ONNX RoiAlign)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
