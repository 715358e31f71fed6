// classify: what a picture shows.
#pragma once

#include "media/image.h"
#include "tasks/task.h"

namespace hone {

struct Class {
  int64_t index = 0;
  std::string label;  // "" if the task has none for it
  double probability = 0;
};

// The `top` most probable classes, best first. Outputs that are no probabilities go through a
// softmax.
Expected<std::vector<Class>> classify(ProgramSession& session, const Task& task, const Image& image,
                                      size_t top);

// The same of a model's output: one score a class.
Expected<std::vector<Class>> top_classes(const Tensor& scores, const Task& task, size_t top);

}  // namespace hone
