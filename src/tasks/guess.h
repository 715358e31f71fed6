// What a model does, guessed of what its file says.
#pragma once

#include <span>
#include <string_view>
#include <utility>

#include "tasks/task.h"

namespace hone {

struct ModelHints {
  // What the file says of itself, by name, as ONNX's metadata.
  std::span<const std::pair<std::string_view, std::string_view>> metadata = {};
  size_t classes = 0;  // how many names of classes lie beside it; 0: not known
  enum class Tokenizer : uint8_t { none, beside } tokenizer = Tokenizer::none;
  std::string_view architecture;  // of its config.json: "BertForSequenceClassification"
};

// By the metadata that Ultralytics' exporters write (tasks/ultralytics.h), else by what the shapes
// of inputs and outputs make obvious: one picture in and 1,000 or 1,001 numbers out is an ImageNet
// classifier; as many boxes as YOLO's grids have is YOLOv8, v5 or X; input_ids are a text
// encoder's, or with an output "logits" [texts, classes] a classifier's. Otherwise kind is "".
Task guess_task(const Program& program, const ModelHints& hints = {});

}  // namespace hone
