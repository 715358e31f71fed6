// Things in a picture one by one, each with the pixels that belong to it: detectors with a head of
// masks.
#pragma once

#include <vector>

#include "tasks/detect.h"
#include "tasks/picture_input.h"

namespace hone {

struct Instance {
  Detection what;             // in the picture's pixels
  Rect place;                 // of the mask: the box, cut to whole pixels of the picture
  std::vector<uint8_t> mask;  // place.width * place.height: 1 where the thing is
};

struct InstanceOptions {
  DetectOptions detect;
  std::string masks;  // the output of shared masks; empty: the second
};
// Of a task of kind segment with a decoder of boxes, yolov8, yolov5 or end_to_end, whose rows end
// with how much each takes of the second output, [1, masks, rows, columns].
Expected<InstanceOptions> instance_options(const Task& task);

// In a picture of that size, best first.
Expected<std::vector<Instance>> decode_instances(const Outputs& outputs, const Task& task,
                                                 const InstanceOptions& options,
                                                 const PictureTensor& made_of, int width,
                                                 int height);
Expected<std::vector<Instance>> find_instances(const TaskModel& model, const Task& task,
                                               const Image& image);

// Mask, box and label of each in a color of its own.
void draw_instances(Image& image, std::span<const Instance> instances);
// 0 where nothing is, else the number of the instance, from 1 to 255, the best on top.
GrayImage instance_picture(std::span<const Instance> instances, int width, int height);

}  // namespace hone
