// ocr: the text in a picture: lines are found, turned upright if a model tells their direction, and
// read, several at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "media/image.h"
#include "tasks/task.h"
#include "tasks/task_model.h"
#include "tasks/text_boxes.h"

namespace hone {

struct OcrModels {
  TaskPart detect;  // kind text-detect
  std::optional<TaskPart>
      direction;                   // kind classify; its labels end in "180" for lines upside down
  TaskPart recognize;              // kind text-recognize
  std::vector<std::string> signs;  // of recognize, by score
  double threshold = 0.5;          // lines read with less are left out
};

struct TextLine {
  std::string text;
  float score = 0;
  Quad quad = {};  // in the picture's pixels, clockwise from the upper left corner
};

// In reading order.
Expected<std::vector<TextLine>> read_text(const OcrModels& models, const Image& image);

// Pictures that hold one line each, in the same order. Quads are those of the whole pictures.
Expected<std::vector<TextLine>> read_lines(const TaskPart& recognize,
                                           std::span<const std::string> signs,
                                           std::span<const Image> lines);

// The signs a task's "characters" describes: `lines` (of the file or metadata it names) from its
// "first" on, then what it appends. Signs before the first are blanks.
Expected<std::vector<std::string>> signs_of(const Task& task, std::string_view lines);

// Quads, each with its number in the order of reading.
void draw_text_lines(Image& image, std::span<const TextLine> lines);

}  // namespace hone
