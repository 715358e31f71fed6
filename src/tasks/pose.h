// pose: where the joints of people (or of hands, animals, ...) are in a picture.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tasks/detect.h"

namespace hone {

struct KeyPoint {
  Point at;         // in the picture's pixels
  float score = 0;  // how surely it is there and seen
};
struct Pose {
  float score = 0;
  std::optional<Box> box = {};   // of what has the pose, where the model has one
  std::vector<KeyPoint> points;  // as many and in the order of the options' names
};

struct PoseOptions {
  enum class Decode : uint8_t {
    movenet,  // [1, 1, points, 3]: y, x, score, as parts of the input; one person
    boxes,    // a detector's, YOLO's, with x, y, score of each point, in the input's pixels
  };
  Decode decode = Decode::movenet;
  std::string points;                            // the output's name; empty: the first
  std::vector<std::string> names;                // of the points; COCO's 17 if the task has none
  std::vector<std::pair<size_t, size_t>> bones;  // points that a line joins
  double threshold = 0.25;                       // of a pose
  double point_threshold = 0.3;                  // points below it are not drawn
};
Expected<PoseOptions> pose_options(const Task& task);

// In pixels of the model's input; of boxes the best of those that overlap.
Expected<std::vector<Pose>> decode_poses(const Outputs& outputs, const Task& task,
                                         const PoseOptions& options, InputSize input);

// In the picture's pixels, best first.
Expected<std::vector<Pose>> find_poses(const TaskModel& model, const Task& task,
                                       const Image& image);

void draw_poses(Image& image, std::span<const Pose> poses, const PoseOptions& options);

}  // namespace hone
