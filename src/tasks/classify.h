// classify: what a picture shows.
#pragma once

#include <span>

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

// What the model says of the picture: one score a class.
Expected<Tensor> class_scores(ProgramSession& session, const Task& task, const Image& image);

// Scores as probabilities, in the order of the classes: those of quantized outputs add up to 1, and
// what are no probabilities goes through a softmax.
Expected<std::vector<double>> class_probabilities(const Tensor& scores);

// Names of the classes from the first on, which may be fewer than `classes`. Many label files count
// a background first that the model does not have: it is left out.
std::span<const std::string> class_labels(const Task& task, size_t classes);

// The best of a model's output.
Expected<std::vector<Class>> top_classes(const Tensor& scores, const Task& task, size_t top);

}  // namespace hone
