// embed: a text as a vector whose direction is its meaning.
#pragma once

#include <span>
#include <vector>

#include "tasks/task.h"
#include "tasks/task_model.h"

namespace hone {

// How tokens go into a model.
struct TextInput {
  size_t max_tokens = 256;
  std::string ids = "input_ids", mask = "attention_mask", types = "token_type_ids";
};
Expected<TextInput> text_input(const Task& task);

// The output of that name (empty: the first) for one text. Longer ones are cut, but keep their last
// token.
Expected<Tensor> run_text(const TaskModel& model, const TextInput& input,
                          std::span<const int32_t> tokens, std::string_view output);

struct EmbedOptions {
  enum class Pooling : uint8_t { mean, first };  // of the tokens' vectors
  enum class Length : uint8_t { one, as_is };
  TextInput input;
  Pooling pooling = Pooling::mean;
  Length length = Length::one;
  std::string output;     // empty: the first
  size_t dimensions = 0;  // numbers of the vector that are kept, from its beginning; 0: all
};
Expected<EmbedOptions> embed_options(const Task& task);

// Of one text, as tokens with what the model wants around them. A model that gives a vector a text
// needs no pooling.
Expected<std::vector<float>> embed(const TaskModel& model, const EmbedOptions& options,
                                   std::span<const int32_t> tokens);

// 1: the same direction; 0 if one has no length or they are not as long.
double cosine(std::span<const float> a, std::span<const float> b);

}  // namespace hone
