#include "tasks/task.h"

#include <algorithm>
#include <cmath>

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

// The size of an axis, or 0 if it is not known.
int64_t size_of(const Dim& dim) { return dim.is_symbol() ? 0 : dim.value(); }

bool is_picture(const Type& type) {
  if (!type.is_tensor() || type.tensor.shape.size() != 4) return false;
  const Shape& shape = type.tensor.shape;
  return size_of(shape[1]) == 3 || size_of(shape[3]) == 3;
}

// The usual normalization of ImageNet models, in bytes.
Task image_net_classifier(DType dtype) {
  Task task;
  task.kind = "classify";
  task.picture.fit = PictureInput::Fit::crop;
  if (dtype == DType::f32) {
    task.picture.mean = {123.675f, 116.28f, 103.53f};
    task.picture.scale = {1 / 58.395f, 1 / 57.12f, 1 / 57.375f};
  }
  return task;
}

Task yolo(std::string_view decode) {
  Task task;
  task.kind = "detect";
  Json output = Json::object();
  output.set("decode", decode);
  task.fields.set("kind", task.kind);
  task.fields.set("output", std::move(output));
  task.picture.fit = PictureInput::Fit::letterbox;
  task.picture.filter = Filter::opencv_bilinear;
  if (decode == "yolox") {
    task.picture.anchor = Anchor::top_left;
    task.picture.order = ChannelOrder::bgr;
  } else {
    task.picture.scale.fill(1 / 255.0f);
  }
  return task;
}

// Cells of YOLO's three grids on this picture.
int64_t grid_cells(const Shape& picture) {
  const size_t first = size_of(picture[1]) == 3 ? 2 : 1;
  int64_t cells = 0;
  for (const int64_t stride : {8, 16, 32}) {
    cells += (size_of(picture[first]) / stride) * (size_of(picture[first + 1]) / stride);
  }
  return cells;
}

Task guess_picture_task(const TensorType& in, const TensorType& out) {
  const Shape& shape = out.shape;
  const int64_t last = size_of(shape.back());
  if (last == 1000 || last == 1001) return image_net_classifier(in.dtype);
  const int64_t cells = grid_cells(in.shape);
  if (shape.size() != 3 || size_of(shape[0]) != 1 || cells == 0) return {};
  if (last == cells && size_of(shape[1]) > 4) return yolo("yolov8");
  if (last > 5 && size_of(shape[1]) == 3 * cells) return yolo("yolov5");
  if (last > 5 && size_of(shape[1]) == cells) return yolo("yolox");
  return {};
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

namespace {

// A text encoder, as exports of BERT and its like name their tensors.
bool is_text_encoder(const Program& program) {
  const auto named = [&](std::string_view name) {
    return std::ranges::any_of(program.inputs, [&](int32_t input) {
      return program.values[static_cast<size_t>(input)].name == name;
    });
  };
  if (program.outputs.empty() || !named("input_ids") || !named("attention_mask")) return false;
  const Type& out = program.values[static_cast<size_t>(program.outputs[0])].type;
  return program.inputs.size() <= 3 && out.is_tensor() && out.tensor.dtype == DType::f32;
}

// One row of scores a text, as exports of classifiers name it.
bool gives_logits(const Program& program) {
  const ProgramValue& out = program.values[static_cast<size_t>(program.outputs[0])];
  return out.name == "logits" && out.type.tensor.shape.size() == 2;
}

}  // namespace

Task guess_task(const Program& program) {
  Task task;
  if (is_text_encoder(program)) {
    task.kind = gives_logits(program) ? "text-classify" : "embed";
    task.fields.set("kind", task.kind);
  }
  if (program.inputs.size() == 1 && program.outputs.size() == 1) {
    const Type& in = program.values[static_cast<size_t>(program.inputs[0])].type;
    const Type& out = program.values[static_cast<size_t>(program.outputs[0])].type;
    if (is_picture(in) && out.is_tensor() && !out.tensor.shape.empty()) {
      task = guess_picture_task(in.tensor, out.tensor);
    }
  }
  task.guessed = true;
  return task;
}

std::vector<std::string> parse_labels(std::string_view text) {
  std::vector<std::string> labels;
  for (std::string_view line : split(text, '\n')) labels.emplace_back(trim(line));
  while (!labels.empty() && labels.back().empty()) labels.pop_back();
  return labels;
}

}  // namespace hone
