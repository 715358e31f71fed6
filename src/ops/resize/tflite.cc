#include "frontend/tflite/node_import.h"
#include "ops/resize/op.h"

namespace hone::tflite {
namespace {

using Coordinates = ResizeAttrs::Coordinates;

void emit(NodeImport& n, ResizeAttrs attrs, bool align_corners, bool half_pixel) {
  attrs.coordinates = align_corners ? Coordinates::align_corners
                      : half_pixel  ? Coordinates::half_pixel
                                    : Coordinates::asymmetric;
  attrs.axes = {2, 3};
  const ir::ValueId x = n.to_channels_first(n.real(0));
  const ir::ValueId y = n.add("resize", {x, {}, {}, n.input(1)}, attrs);
  n.output_real(0, n.to_channels_last(y));
}

void bilinear(NodeImport& n) {
  using Options = schema::ResizeBilinearOptions;
  const auto options = n.options<Options>();
  emit(n, {.mode = ResizeAttrs::Mode::linear}, options.get(Options::align_corners),
       options.get(Options::half_pixel_centers));
}

void nearest(NodeImport& n) {
  using Options = schema::ResizeNearestNeighborOptions;
  const auto options = n.options<Options>();
  const bool align = options.get(Options::align_corners);
  const bool half = options.get(Options::half_pixel_centers);
  using Nearest = ResizeAttrs::Nearest;
  emit(n, {.nearest = align || half ? Nearest::round_prefer_ceil : Nearest::floor}, align, half);
}

}  // namespace

std::span<const TfliteOp> resize_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::RESIZE_BILINEAR, bilinear},
      {BuiltinOperator::RESIZE_NEAREST_NEIGHBOR, nearest},
  };
  return kOps;
}

}  // namespace hone::tflite
