// embed: a text as a vector whose direction is its meaning.
#pragma once

#include <span>
#include <vector>

#include "tasks/task.h"
#include "tasks/task_model.h"

namespace hone {

struct EmbedOptions {
  enum class Pooling : uint8_t { mean, first };  // of the tokens' vectors
  enum class Length : uint8_t { one, as_is };
  size_t max_tokens = 256;
  Pooling pooling = Pooling::mean;
  Length length = Length::one;
  std::string ids = "input_ids", mask = "attention_mask", types = "token_type_ids";
  std::string output;  // empty: the first
};
Expected<EmbedOptions> embed_options(const Task& task);

// Of one text, as tokens with what the model wants around them. Longer ones are cut, but keep
// their last token. A model that gives a vector a text needs no pooling.
Expected<std::vector<float>> embed(const TaskModel& model, const EmbedOptions& options,
                                   std::span<const int32_t> tokens);

// 1: the same direction; 0 if one has no length or they are not as long.
double cosine(std::span<const float> a, std::span<const float> b);

}  // namespace hone
