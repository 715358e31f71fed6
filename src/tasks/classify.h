// classify: what a picture shows.
#pragma once

#include <span>

#include "media/image.h"
#include "tasks/task.h"
#include "tasks/task_model.h"

namespace hone {

struct Class {
  int64_t index = 0;
  std::string label;  // "" if the task has none for it
  double probability = 0;
};

// How scores become probabilities.
enum class ScoreActivation : uint8_t {
  guess,    // softmax, but for what add up to 1 already
  softmax,  // one class of all
  sigmoid,  // each class by itself
  none,     // the model gives probabilities
};
// The task's output.activation.
Expected<ScoreActivation> activation_of(const Task& task, ScoreActivation otherwise);
// `values` are at least one.
void activate(std::vector<double>& values, ScoreActivation activation);

// A number a class, as the model gives them.
struct ClassScores {
  std::vector<double> values;  // at least one, and none is NaN
  double step = 0;             // between two of what were codes; else 0
};
// Of the first output. 8-bit codes of unknown meaning are taken for probabilities, as TFLite has
// them: of 1 / 256, signed ones from -128.
Expected<ClassScores> class_scores(const Outputs& outputs);
// Of a picture.
Expected<ClassScores> class_scores(const TaskModel& model, const Task& task, const Image& image);

// Scores as probabilities, in the order of the classes. If the task does not say how, what adds up
// to 1 within what rounding to codes may take away is made to do so, and all else goes through a
// softmax.
Expected<std::vector<double>> class_probabilities(const ClassScores& scores, const Task& task);

// Names of the classes from the first on, which may be fewer than `classes`. Many label files count
// a background first that the model does not have: it is left out.
std::span<const std::string> class_labels(const Task& task, size_t classes);

// The `top` most probable classes, best first.
Expected<std::vector<Class>> top_classes(const ClassScores& scores, const Task& task, size_t top);
Expected<std::vector<Class>> classify(const TaskModel& model, const Task& task, const Image& image,
                                      size_t top);

}  // namespace hone
