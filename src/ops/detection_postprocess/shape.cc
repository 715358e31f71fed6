#include "ops/define.h"
#include "ops/detection_postprocess/op.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"codes", "scores", "anchors"};
constexpr std::string_view kResults[] = {"boxes", "classes", "scores", "count"};

}  // namespace

// All f32. codes [1, n, 4 or more]: y, x, height, width; scores [1, n, classes (and 1)]; anchors
// [n, 4] likewise. Results of m = max_detections * classes_of_box places, 0 behind the last
// detection: boxes [1, m, 4]: top, left, bottom, right; classes and scores [1, m]; count [1].
const OpDef& detection_postprocess_op() {
  static const OpDef kDef{.name = "detection_postprocess",
                          .summary = "boxes of an SSD model (TFLite_Detection_PostProcess)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = {},
                          .default_attrs = [] { return Attrs(DetectionPostprocessAttrs{}); },
                          .infer = nullptr,
                          .cost = nullptr,
                          .runs = Runs::on_host};
  return kDef;
}

}  // namespace hone
