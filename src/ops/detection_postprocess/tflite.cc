#include "frontend/tflite/flexbuffer.h"
#include "frontend/tflite/node_import.h"
#include "ops/detection_postprocess/op.h"

namespace hone::tflite {
namespace {

DetectionPostprocessAttrs attrs_of(NodeImport& n) {
  const flexbuffer::Map options(n.custom_options());
  const auto number = [&](std::string_view name, float missing) {
    return static_cast<float>(options.number(name).value_or(static_cast<double>(missing)));
  };
  const auto count = [&](std::string_view name, int64_t missing) {
    const double value = options.number(name).value_or(static_cast<double>(missing));
    return value >= 0 && value < 1 << 24 ? static_cast<int64_t>(value) : int64_t{-1};
  };
  DetectionPostprocessAttrs attrs{.y_scale = number("y_scale", 1),
                                  .x_scale = number("x_scale", 1),
                                  .h_scale = number("h_scale", 1),
                                  .w_scale = number("w_scale", 1),
                                  .score = number("nms_score_threshold", 0),
                                  .overlap = number("nms_iou_threshold", 0.5f),
                                  .max_detections = count("max_detections", -1),
                                  .classes = count("num_classes", -1),
                                  .classes_of_box = count("max_classes_per_detection", 1)};
  if (number("use_regular_nms", 0) != 0) attrs.boxes_of_class = count("detections_per_class", 100);
  return attrs;
}

void detection_postprocess(NodeImport& n) {
  const DetectionPostprocessAttrs attrs = attrs_of(n);
  if (attrs.max_detections < 0 || attrs.classes < 1 || attrs.classes_of_box < 1 ||
      attrs.boxes_of_class < 0) {
    return n.invalid("its options do not say how many detections of how many classes it makes");
  }
  const int64_t places = attrs.max_detections * attrs.classes_of_box;
  const auto type = [](Shape shape) {
    return Type(hone::TensorType{DType::f32, std::move(shape)});
  };
  const auto results =
      n.add_host("detection_postprocess", {n.real(0), n.real(1), n.real(2)}, attrs,
                 {type({1, places, 4}), type({1, places}), type({1, places}), type({1})});
  for (size_t i = 0; i < results.size(); ++i) n.output_real(i, results[i]);
}

}  // namespace

std::span<const TfliteOp> detection_postprocess_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::CUSTOM, detection_postprocess, "TFLite_Detection_PostProcess"},
  };
  return kOps;
}

}  // namespace hone::tflite
