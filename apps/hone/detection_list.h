// Boxes that were found, as commands print them.
#pragma once

#include <span>
#include <string>

#include "base/json.h"
#include "console.h"
#include "media/image.h"
#include "tasks/detect.h"

namespace hone::cli {

// {"width", "height", "detections"}: docs/tasks.md.
Json detections_json(const Image& image, std::span<const Detection> found);
std::string detections_text(std::span<const Detection> found, const Console& console);

}  // namespace hone::cli
