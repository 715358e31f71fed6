#include "tasks/task.h"

#include <algorithm>
#include <cmath>

#include "tasks/known_fields.h"

namespace hone {
namespace {

// A member of the wrong kind.
std::unexpected<Error> wrong(std::string_view name, std::string_view wanted) {
  return fail(Code::invalid_argument, "the task's '", name, "' must be ", wanted);
}

Status read_int(const Json& object, std::string_view name, int& value) {
  const Json* member = object.find(name);
  if (member == nullptr) return {};
  const auto number = member->as_int();
  if (!number || *number < 0 || *number > kMaxImageSide) return wrong(name, "a size in pixels");
  value = static_cast<int>(*number);
  return {};
}

// One number for all channels, or three.
Status read_channels(const Json& object, std::string_view name, std::array<float, 3>& values) {
  const Json* member = object.find(name);
  if (member == nullptr) return {};
  if (const auto one = member->as_double()) {
    values.fill(static_cast<float>(*one));
    return {};
  }
  const Json::Array* list = member->as_array();
  if (list == nullptr || list->size() != 3) return wrong(name, "one number or three");
  for (size_t i = 0; i < 3; ++i) {
    const auto number = (*list)[i].as_double();
    if (!number || !std::isfinite(*number)) return wrong(name, "one number or three");
    values[i] = static_cast<float>(*number);
  }
  return {};
}

template <class T>
Status read_choice(const Json& object, std::string_view name,
                   std::initializer_list<std::pair<std::string_view, T>> choices, T& value) {
  const Json* member = object.find(name);
  if (member == nullptr) return {};
  const std::string* word = member->as_string();
  std::string names;
  for (const auto& [choice, meaning] : choices) {
    if (word != nullptr && *word == choice) {
      value = meaning;
      return {};
    }
    names += cat(names.empty() ? "" : ", ", choice);
  }
  return wrong(name, cat("one of ", names));
}

Status read_sides(const Json& input, PictureInput& picture) {
  HONE_RETURN_IF_ERROR(read_int(input, "min_side", picture.min_side));
  HONE_RETURN_IF_ERROR(read_int(input, "max_side", picture.max_side));
  HONE_RETURN_IF_ERROR(read_int(input, "min_width", picture.min_width));
  HONE_RETURN_IF_ERROR(read_int(input, "multiple_of", picture.multiple_of));
  picture.multiple_of = std::max(picture.multiple_of, 1);
  std::array<float, 3> fill = {114, 114, 114};
  HONE_RETURN_IF_ERROR(read_channels(input, "fill", fill));
  for (size_t i = 0; i < 3; ++i) {
    if (!(fill[i] >= 0 && fill[i] <= 255)) return wrong("fill", "0 to 255");
    picture.fill[i] = static_cast<uint8_t>(fill[i]);
  }
  return {};
}

Status read_picture(const Json& input, PictureInput& picture) {
  using Fit = PictureInput::Fit;
  HONE_RETURN_IF_ERROR(read_int(input, "width", picture.width));
  HONE_RETURN_IF_ERROR(read_int(input, "height", picture.height));
  HONE_RETURN_IF_ERROR(read_choice<Fit>(input, "resize",
                                        {{"stretch", Fit::stretch},
                                         {"crop", Fit::crop},
                                         {"letterbox", Fit::letterbox},
                                         {"limit", Fit::limit},
                                         {"height", Fit::line}},
                                        picture.fit));
  HONE_RETURN_IF_ERROR(read_choice<Anchor>(
      input, "align", {{"center", Anchor::center}, {"start", Anchor::top_left}}, picture.anchor));
  HONE_RETURN_IF_ERROR(read_sides(input, picture));
  HONE_RETURN_IF_ERROR(read_choice<Filter>(input, "filter",
                                           {{"nearest", Filter::nearest},
                                            {"bilinear", Filter::bilinear},
                                            {"bicubic", Filter::bicubic},
                                            {"opencv_bilinear", Filter::opencv_bilinear}},
                                           picture.filter));
  HONE_RETURN_IF_ERROR(read_choice<ChannelOrder>(
      input, "color", {{"rgb", ChannelOrder::rgb}, {"bgr", ChannelOrder::bgr}}, picture.order));
  PixelLayout layout = PixelLayout::planar;
  HONE_RETURN_IF_ERROR(read_choice<PixelLayout>(
      input, "layout", {{"nchw", PixelLayout::planar}, {"nhwc", PixelLayout::interleaved}},
      layout));
  if (input.find("layout") != nullptr) picture.layout = layout;
  if (const Json* fraction = input.find("crop_fraction")) {
    picture.crop_fraction = fraction->as_double().value_or(0);
    if (!(picture.crop_fraction > 0 && picture.crop_fraction <= 1)) {
      return wrong("crop_fraction", "more than 0 and at most 1");
    }
  }
  HONE_RETURN_IF_ERROR(read_channels(input, "mean", picture.mean));
  return read_channels(input, "scale", picture.scale);
}

}  // namespace

Expected<Task> parse_task(const Json& description) {
  if (description.as_object() == nullptr) {
    return fail(Code::invalid_argument, "a task must be an object");
  }
  Task task;
  task.fields = description;
  const Json* kind = description.find("kind");
  if (kind == nullptr || kind->as_string() == nullptr) return wrong("kind", "a word");
  task.kind = *kind->as_string();
  HONE_RETURN_IF_ERROR(check_known_fields(description));
  if (const Json* input = description.find("input")) {
    if (input->as_object() == nullptr) return wrong("input", "an object");
    HONE_RETURN_IF_ERROR(read_picture(*input, task.picture));
  }
  if (const Json* labels = description.find("labels"); labels != nullptr && labels->as_array()) {
    for (const Json& label : *labels->as_array()) {
      if (label.as_string() == nullptr) return wrong("labels", "a list of names");
      task.labels.push_back(*label.as_string());
    }
  }
  return task;
}

Status check_labels(const Task& task, size_t classes) {
  const size_t labels = task.labels.size();
  if (labels == 0 || labels == classes) return {};
  return fail(Code::invalid_argument, "the model tells ", classes, " classes apart, and there are ",
              labels, " labels");
}

std::vector<std::string> parse_labels(std::string_view text) {
  std::vector<std::string> labels;
  for (std::string_view line : split(text, '\n')) labels.emplace_back(trim(line));
  while (!labels.empty() && labels.back().empty()) labels.pop_back();
  return labels;
}

}  // namespace hone
