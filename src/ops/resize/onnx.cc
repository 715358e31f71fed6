#include <algorithm>

#include "frontend/onnx/node_import.h"
#include "ops/resize/op.h"

namespace hone::onnx {
namespace {

using Coordinates = ResizeAttrs::Coordinates;
using ResizeMode = ResizeAttrs::Mode;

// The index of an attribute's word among our names, which are ONNX's.
template <class E>
E choice(NodeImport& n, std::string_view attribute, std::string_view missing,
         std::span<const std::string_view> names) {
  const std::string word = n.attr(attribute, missing);
  const auto found = std::ranges::find(names, word);
  if (found == names.end()) n.unsupported("has ", attribute, " '", word, "'");
  return static_cast<E>(found - names.begin());
}

ResizeMode mode_of(NodeImport& n) {
  const std::string word = n.attr("mode", "nearest");
  if (word == "bilinear" || word == "trilinear") return ResizeMode::linear;
  return choice<ResizeMode>(n, "mode", "nearest", kResizeModeNames);
}

// A place then lies at its quotient by the scale.
ResizeAttrs before_opset_11(NodeImport& n) {
  return {.mode = mode_of(n),
          .coordinates = Coordinates::asymmetric,
          .nearest = ResizeAttrs::Nearest::floor,
          .axes = {}};
}

// An input that is there, and is not a constant without elements.
ir::ValueId filled(NodeImport& n, size_t i) {
  const ir::ValueId value = n.input(i);
  if (!value || !n.type(value).is_tensor()) return value;
  const Shape& shape = n.type(value).tensor.shape;
  return shape.size() == 1 && shape[0] == Dim(0) ? ir::ValueId{} : value;
}

void resize(NodeImport& n) {
  if (n.opset() < 11) {
    n.output(0, n.add("resize", {n.input(0), {}, n.input(1), {}}, before_opset_11(n)));
    return;
  }
  const ResizeAttrs attrs{.mode = mode_of(n),
                          .coordinates = choice<Coordinates>(n, "coordinate_transformation_mode",
                                                             "half_pixel", kResizeCoordinateNames),
                          .nearest = choice<ResizeAttrs::Nearest>(
                              n, "nearest_mode", "round_prefer_floor", kResizeNearestNames),
                          .ratio = choice<ResizeAttrs::Ratio>(n, "keep_aspect_ratio_policy",
                                                              "stretch", kResizeRatioNames),
                          .antialias = n.attr("antialias", int64_t{0}) != 0,
                          .exclude_outside = n.attr("exclude_outside", int64_t{0}) != 0,
                          .cubic_a = n.attr("cubic_coeff_a", -0.75f),
                          .extrapolation = n.attr("extrapolation_value", 0.0f),
                          .axes = n.ints("axes")};
  const bool crops = attrs.coordinates == Coordinates::tf_crop_and_resize;
  const ir::ValueId roi = crops ? filled(n, 1) : ir::ValueId{};
  n.output(0, n.add("resize", {n.input(0), roi, filled(n, 2), filled(n, 3)}, attrs));
}

void upsample(NodeImport& n) {
  ir::ValueId scales = n.input(1);
  if (n.opset() < 9) {
    std::vector<float> given = n.floats("scales");
    if (n.opset() < 7) given = {1, 1, n.attr("height_scale", 1.0f), n.attr("width_scale", 1.0f)};
    scales = n.constant(given);
  }
  n.output(0, n.add("resize", {n.input(0), {}, scales, {}}, before_opset_11(n)));
}

}  // namespace

std::span<const OnnxOp> resize_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Resize", resize}, {"", "Upsample", upsample}};
  return kOps;
}

}  // namespace hone::onnx
