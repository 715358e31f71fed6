#include "tasks/ultralytics.h"

#include <algorithm>

#include "media/image.h"
#include "tasks/python_literal.h"

namespace hone {
namespace {

constexpr int64_t kMaxNames = 1 << 16;
constexpr int64_t kMaxPoints = 1 << 10;
constexpr int64_t kMaxStride = 1024;

using Metadata = std::span<const std::pair<std::string_view, std::string_view>>;

std::string_view text_of(Metadata metadata, std::string_view name) {
  for (const auto& [key, value] : metadata) {
    if (key == name) return value;
  }
  return {};
}

// Null if it is absent or cannot be read.
Json value_of(Metadata metadata, std::string_view name) {
  auto value = parse_python_literal(text_of(metadata, name));
  return value ? std::move(*value) : Json();
}

std::vector<std::string> texts_of(const Json::Array& list) {
  std::vector<std::string> texts;
  for (const Json& item : list) {
    texts.push_back(item.as_string() ? *item.as_string() : item.write());
  }
  return texts;
}

// Of a list of names, or of numbers with their names.
std::vector<std::string> names_of(const Json& json) {
  if (json.as_array() != nullptr) return texts_of(*json.as_array());
  std::vector<std::string> names;
  if (json.as_object() == nullptr) return names;
  for (const auto& [key, value] : *json.as_object()) {
    const auto index = parse_int(key);
    if (!index || *index < 0 || *index >= kMaxNames) return {};
    names.resize(std::max(names.size(), static_cast<size_t>(*index) + 1));
    names[static_cast<size_t>(*index)] = value.as_string() ? *value.as_string() : value.write();
  }
  return names;
}

int64_t number_in(const Json& json, int64_t least, int64_t most) {
  const auto number = json.as_int();
  return number && *number >= least && *number <= most ? *number : 0;
}

// imgsz: [height, width], or one number for both.
void read_size(const Json& json, UltralyticsExport& made) {
  const Json::Array* list = json.as_array();
  const bool is_pair = list != nullptr && list->size() == 2;
  made.height = static_cast<int>(number_in(is_pair ? (*list)[0] : json, 1, kMaxImageSide));
  made.width = static_cast<int>(number_in(is_pair ? (*list)[1] : json, 1, kMaxImageSide));
}

// kpt_shape: [points, numbers a point].
void read_points(Metadata metadata, UltralyticsExport& made) {
  const Json shape = value_of(metadata, "kpt_shape");
  if (shape.as_array() == nullptr || shape.as_array()->size() != 2) return;
  const int64_t points = number_in((*shape.as_array())[0], 1, kMaxPoints);
  const int64_t coordinates = number_in((*shape.as_array())[1], 2, 3);
  if (points == 0 || coordinates == 0) return;
  made.points = static_cast<size_t>(points);
  made.coordinates = static_cast<size_t>(coordinates);
  // kpt_names: of each class, of which the first's are taken.
  const Json named = value_of(metadata, "kpt_names");
  const Json* names = &named;
  if (named.as_object() != nullptr && !named.as_object()->empty()) {
    names = &named.as_object()->front().value;
  }
  if (names->as_array() != nullptr && names->as_array()->size() == made.points) {
    made.point_names = texts_of(*names->as_array());
  }
}

bool is_true(const Json* value) { return value != nullptr && value->as_bool().value_or(false); }

}  // namespace

std::optional<UltralyticsExport> read_ultralytics(Metadata metadata) {
  UltralyticsExport made;
  made.names = names_of(value_of(metadata, "names"));
  const int64_t stride = number_in(value_of(metadata, "stride"), 1, kMaxStride);
  if (made.names.empty() || stride == 0) return {};
  made.stride = static_cast<int>(stride);
  made.task = text_of(metadata, "task");
  read_size(value_of(metadata, "imgsz"), made);
  read_points(metadata, made);
  const Json end_to_end = value_of(metadata, "end2end"), arguments = value_of(metadata, "args");
  made.end_to_end = is_true(&end_to_end) || is_true(arguments.find("nms"));
  return made;
}

}  // namespace hone
