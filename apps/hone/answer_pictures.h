// What all tasks on pictures share: each picture's answer is printed, and drawn where that is
// wanted.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "pictures.h"
#include "run_tasks.h"

namespace hone::cli {

struct PictureAnswer {
  Json json;                              // an object, which follows the picture's name
  std::string text;                       // for people
  std::function<void(Image&)> draw = {};  // for --out
  std::optional<GrayImage> mask = {};     // for --mask
};

using PictureTask = std::function<Expected<PictureAnswer>(const Image& image)>;
Expected<int> answer_pictures(const PictureList& pictures, const TaskRun& with,
                              const PictureTask& task);

}  // namespace hone::cli
