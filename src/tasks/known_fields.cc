#include "tasks/known_fields.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace hone {
namespace {

constexpr std::string_view kKinds =
    "classify detect segment pose landmarks ocr text-detect text-recognize vad keyword features "
    "embed text-classify";

struct ObjectFields {
  std::string_view path;  // "input.features"; "": the task itself
  std::string_view names;
};
constexpr ObjectFields kObjects[] = {
    {"",
     "kind labels threshold nms characters region state end_threshold min_speech_ms "
     "min_silence_ms pad_ms cooldown_ms silent input output"},
    {"nms", "iou merge classes"},
    {"characters", "metadata file first append"},
    {"region", "scale keypoints shape"},
    {"state", "input output shape"},
    {"input",
     "width height min_width layout color mean scale resize crop_fraction align fill min_side "
     "max_side multiple_of filter sample_rate samples context rates rate_tensor frames step level "
     "features code_scale code_zero max_tokens tensors tensor"},
    {"input.features", "window hop transform bands least_hz most_hz floor coefficients"},
    {"input.tensors", "ids mask types"},
    {"output",
     "activation decode classes normalized boxes scores map points score tensor strides "
     "anchor_offset anchors_per_stride keypoints threshold box_threshold unclip_ratio dilate "
     "min_size max_boxes blank background bones coordinates pooling normalize dimensions frames "
     "scale add"},
};

std::vector<std::string> words_of(std::string_view names) {
  std::vector<std::string> words;
  for (const std::string_view name : split(names, ' ')) words.emplace_back(name);
  return words;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& known) {
  const auto meant = did_you_mean(word, known);
  return meant ? cat("; did you mean '", *meant, "'?") : "; docs/tasks.md lists them";
}

const Json* object_at(const Json& task, std::string_view path) {
  const Json* at = &task;
  for (const std::string_view name : split(path, '.')) {
    if (at != nullptr && !path.empty()) at = at->find(name);
  }
  return at;
}

Status check_object(const Json& task, const ObjectFields& object) {
  const Json* json = object_at(task, object.path);
  if (json == nullptr || json->as_object() == nullptr) return {};
  const std::vector<std::string> known = words_of(object.names);
  for (const auto& [name, value] : *json->as_object()) {
    if (std::ranges::find(known, name) != known.end()) continue;
    if (name == "$schema" || name == "comment") continue;
    return fail(Code::invalid_argument, "the task's '", object.path, object.path.empty() ? "" : ".",
                printable(name), "' is no field that hone knows", suggestion(name, known));
  }
  return {};
}

}  // namespace

Status check_known_fields(const Json& task) {
  const Json* kind = task.find("kind");
  if (kind != nullptr && kind->as_string() != nullptr) {
    const std::vector<std::string> kinds = words_of(kKinds);
    if (std::ranges::find(kinds, *kind->as_string()) == kinds.end()) {
      return fail(Code::invalid_argument, "the task's kind '", printable(*kind->as_string()),
                  "' is none that hone knows", suggestion(*kind->as_string(), kinds));
    }
  }
  for (const ObjectFields& object : kObjects) {
    HONE_RETURN_IF_ERROR(check_object(task, object));
  }
  return {};
}

}  // namespace hone
