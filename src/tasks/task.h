// A task: what a model's tensors mean, so that a picture, a sound or a text goes in and an answer
// comes out. The description is a small JSON object in the catalogue or beside the model; where the
// graph makes it obvious, it is guessed. docs/tasks.md lists its fields.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "media/resize.h"
#include "runtime/program_session.h"

namespace hone {

// How a picture becomes the model's input.
struct PictureInput {
  enum class Fit : uint8_t {
    stretch,    // to width x height, whatever its proportions
    crop,       // the middle: the shorter side to width / crop_fraction, then cut
    letterbox,  // all of it, with fill around
    limit,      // its own proportions: sides within min_side and max_side, then to multiple_of
    line,       // to `height`, as wide as it then is; zeros behind it
  };
  int width = 0;  // 0: as the model's input says
  int height = 0;
  Fit fit = Fit::stretch;
  double crop_fraction = 0.875;
  Filter filter = Filter::bilinear;
  ChannelOrder order = ChannelOrder::rgb;
  std::optional<PixelLayout> layout;  // nothing: as the model's input shape says
  Anchor anchor = Anchor::center;     // of a letterbox
  Color fill = {114, 114, 114};
  int min_side = 0;     // of limit: the shorter side grows to this; 0: it does not
  int max_side = 0;     // of limit: the longer side shrinks to this; 0: it does not
  int multiple_of = 1;  // of limit
  int min_width = 0;    // of line
  std::array<float, 3> mean = {0, 0, 0};  // (byte - mean) * scale
  std::array<float, 3> scale = {1, 1, 1};
};

struct Task {
  std::string kind;  // "classify", "detect", ...; "" if it is not known
  PictureInput picture;
  std::vector<std::string> labels;
  Json fields = Json::object();  // the whole description, for what one kind alone reads
  bool guessed = false;
  std::string note;  // of a guess that may be wrong: what a person should know; else empty
};

// Refuses fields that no task has, and fields of the wrong kind, by name.
Expected<Task> parse_task(const Json& description);

// Labels, where a task has some, must be as many as the classes that its model tells apart.
Status check_labels(const Task& task, size_t classes);

// One name a line; empty lines at the end do not count.
std::vector<std::string> parse_labels(std::string_view text);

}  // namespace hone
