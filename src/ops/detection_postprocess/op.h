// detection_postprocess: boxes decoded around anchors, and the best of them that do not overlap too
// much (TFLite's custom operator TFLite_Detection_PostProcess, which SSD models end in).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct DetectionPostprocessAttrs {
  float y_scale = 1, x_scale = 1, h_scale = 1, w_scale = 1;  // codes are divided by these
  float score = 0;                                           // the least of a detection
  float overlap = 0.5f;  // the largest share that two detections have in common
  int64_t max_detections = 1;
  int64_t classes = 1;         // scores may hold one more in front, the background
  int64_t classes_of_box = 1;  // with boxes chosen by their best class: how many of a box are told
  int64_t boxes_of_class = 0;  // else chosen class by class: how many of each; 0: by their best
  void visit(AttrVisitor& v) {
    v.field("y_scale", y_scale);
    v.field("x_scale", x_scale);
    v.field("h_scale", h_scale);
    v.field("w_scale", w_scale);
    v.field("score", score);
    v.field("overlap", overlap);
    v.field("max_detections", max_detections);
    v.field("classes", classes);
    v.field("classes_of_box", classes_of_box);
    v.field("boxes_of_class", boxes_of_class);
  }
};

}  // namespace hone
