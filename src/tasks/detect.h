// detect: where things are in a picture: boxes with labels, and key points where the model has
// them.
#pragma once

#include <string>
#include <vector>

#include "media/image.h"
#include "tasks/task.h"
#include "tasks/task_model.h"

namespace hone {

// In pixels; corner is the upper left.
struct Box {
  Point corner;
  Point opposite;
};
// Of the areas' union, 0 to 1; 0 for boxes without area.
float overlap(const Box& a, const Box& b);

struct Detection {
  size_t index = 0;   // of the class
  std::string label;  // "" if the task has none for it
  float score = 0;
  Box box;
  std::vector<Point> points;
  std::vector<float> point_scores;  // as many, where the model has them; else none
  std::vector<float> mask_shares;   // how much it takes of each mask; else none
};

struct NmsOptions {
  enum class Merge : uint8_t {
    best,      // the better of two boxes stays
    weighted,  // boxes and points of those that overlap are averaged by score, as MediaPipe does
  };
  enum class Classes : uint8_t { apart, together };
  double iou = 0.45;  // boxes that overlap by more are one thing; 1: all stay
  Merge merge = Merge::best;
  Classes classes = Classes::apart;
};

// Best first.
std::vector<Detection> suppress(std::vector<Detection> detections, const NmsOptions& options);

struct DetectOptions {
  enum class Decode : uint8_t {
    yolov8,      // [1, 4 + classes, boxes] or the other way round: center, size; YOLOv8 and v11
    yolov5,      // [1, boxes, 5 + classes]: center, size, objectness
    yolox,       // the same, on grids, sizes as logarithms
    end_to_end,  // [1, boxes, 6]: two corners, score, class; YOLOv10, and exports that merge
    ssd,         // boxes, classes, scores, count as TFLite's post-processing gives them
    anchors,     // boxes around the centers of MediaPipe's SSD grids
    picodet,     // scores and distributions of distances, a pair of outputs a grid
  };
  enum class Activation : uint8_t { none, sigmoid };
  Decode decode = Decode::yolov8;
  std::vector<std::string> boxes, scores, classes;  // names of outputs; empty: in the usual order
  Activation activation = Activation::none;
  std::vector<int> strides = {8, 16, 32};
  int anchors_per_stride = 2;
  double anchor_offset = 0.5;
  size_t keypoints = 0;
  size_t coordinates = 3;  // of a key point of YOLO's: x, y, and perhaps its score
  size_t masks = 0;        // numbers at the end of a row of YOLO's that weigh masks
  size_t class_count = 0;  // 0: as the output's shape says
  enum class Units : uint8_t { pixels, normalized };
  Units units = Units::pixels;  // of YOLO's but yolox: of the model's input, or 0 to 1
  double threshold = 0.25;
  NmsOptions nms;
  size_t most = 300;
};

// From the task's output, nms, threshold and labels.
Expected<DetectOptions> detect_options(const Task& task);

struct InputSize {
  int width = 0;
  int height = 0;
};
// What the outputs say, in pixels of the model's input, before boxes are merged. Boxes that are no
// numbers are left out. Outputs of another shape than the decoder's are refused, and scores that
// are no probabilities: the task is then not the model's.
Expected<std::vector<Detection>> decode_detections(const Outputs& outputs,
                                                   const DetectOptions& options, InputSize input);

// In the picture's pixels, best first.
Expected<std::vector<Detection>> detect(const TaskModel& model, const Task& task,
                                        const Image& image);

// Boxes with labels and scores; points as discs. Colors go by the class, or differ from one to the
// next.
enum class Coloring : uint8_t { by_class, one_by_one };
void draw_detections(Image& image, std::span<const Detection> detections,
                     Coloring coloring = Coloring::by_class);

}  // namespace hone
