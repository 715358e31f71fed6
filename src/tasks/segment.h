// segment: what each pixel of a picture belongs to.
#pragma once

#include <string>
#include <vector>

#include "media/image.h"
#include "tasks/picture_input.h"
#include "tasks/task.h"
#include "tasks/task_model.h"

namespace hone {

struct SegmentOptions {
  enum class Decode : uint8_t {
    scores,   // [1, classes, rows, columns] or [1, rows, columns, classes]: the best class a pixel
    classes,  // [1, rows, columns]: the class itself
    mask,     // one number a pixel: how surely it is class 1
  };
  enum class Activation : uint8_t { none, sigmoid };
  Decode decode = Decode::scores;
  Activation activation = Activation::none;  // of mask
  double threshold = 0.5;                    // of mask
  std::string map;                           // the output's name; empty: the first
  size_t class_count = 0;                    // 0: as the output's shape says
  size_t background = 0;                     // the class that is not drawn
};
Expected<SegmentOptions> segment_options(const Task& task);

struct Segment {
  size_t index = 0;   // of the class
  std::string label;  // "" if the task has none for it
  double share = 0;   // of the pixels
};
struct Segmentation {
  int width = 0;  // of the picture
  int height = 0;
  std::vector<uint16_t> classes;  // a pixel, row by row
  std::vector<Segment> segments;  // the classes there are, the largest first
};

// The output's map laid over the picture it was made of. Scores and masks are interpolated between
// the map's pixels before they are compared, so that borders are smooth.
Expected<Segmentation> decode_segments(const Outputs& outputs, const SegmentOptions& options,
                                       const PictureTensor& made_of, int width, int height);

Expected<Segmentation> segment(const TaskModel& model, const Task& task, const Image& image);

// Every class but the background in a color of its own, with its name in its middle.
void draw_segments(Image& image, const Segmentation& segmentation, size_t background);
// The classes as gray levels; those above 255 are 255.
GrayImage class_picture(const Segmentation& segmentation);

}  // namespace hone
