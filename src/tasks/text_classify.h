// text-classify: what a text is: its sentiment, its topic, whether it is spam.
#pragma once

#include "tasks/classify.h"
#include "tasks/embed.h"

namespace hone {

struct TextClassifyOptions {
  TextInput input;
  std::string scores;  // the output's name; empty: the first
  ScoreActivation activation = ScoreActivation::softmax;
};
Expected<TextClassifyOptions> text_classify_options(const Task& task);

// Of one text, as tokens with what the model wants around them; the `top` most probable, best
// first.
Expected<std::vector<Class>> classify_text(const TaskModel& model, const Task& task,
                                           std::span<const int32_t> tokens, size_t top);

}  // namespace hone
