// What Ultralytics' exporters write into a model's metadata (ultralytics/engine/exporter.py, and
// export.py of YOLOv5, which writes names and stride alone).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hone {

struct UltralyticsExport {
  std::string task;                // "detect", "segment", "pose", "classify", "obb"; "": YOLOv5
  std::vector<std::string> names;  // of the classes
  int width = 0;                   // of the picture it was exported for; 0: not said
  int height = 0;
  int stride = 32;
  size_t points = 0;       // of pose: key points of a box
  size_t coordinates = 0;  // and numbers a point, 2 or 3
  std::vector<std::string> point_names;
  bool end_to_end = false;  // its boxes are merged already
};

// Nothing if this is no such metadata. Members that cannot be read count as absent.
std::optional<UltralyticsExport> read_ultralytics(
    std::span<const std::pair<std::string_view, std::string_view>> metadata);

}  // namespace hone
