// landmarks: many points of each thing that another model has found, a face's mesh: a turned square
// around it is cut out and looked at closely.
#pragma once

#include <vector>

#include "tasks/detect.h"

namespace hone {

struct Landmarks {
  Detection found;            // where it was looked
  float score = 0;            // how surely the thing is there
  std::vector<Point> points;  // in the picture's pixels
  std::vector<float> depths;  // of points, in the same unit; none if the model has none
};

struct LandmarkModels {
  TaskPart detect;     // kind detect, with key points if the region is turned by them
  TaskPart landmarks;  // kind landmarks
};

// The square around a detection as long as its longer side times `scale`, turned so that the key
// points `from` and `to` lie level; not turned if the detection lacks them.
struct LandmarkRegion {
  double scale = 1.5;
  size_t from = 0, to = 1;
};
Quad region_of(const Detection& found, const LandmarkRegion& region);

// `bundle` is the task of both together. Best detections first.
Expected<std::vector<Landmarks>> find_landmarks(const LandmarkModels& models, const Task& bundle,
                                                const Image& image);

void draw_landmarks(Image& image, std::span<const Landmarks> found);

}  // namespace hone
