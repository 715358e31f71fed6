#include "tasks/guess.h"

#include <algorithm>
#include <optional>

#include "ops/shape_rules.h"
#include "tasks/ultralytics.h"

namespace hone {
namespace {

constexpr int kUsualSide = 640;        // that YOLO is exported for, where nothing says another
constexpr int kClassifierSide = 224;   // likewise of ImageNet classifiers
constexpr int64_t kMostMerged = 1000;  // boxes of a model that merges them itself; usually 300
constexpr int64_t kCocoPoints = 17 * 3;

// The size of an axis, or 0 if it is not known, or so large that products of it might overflow.
int64_t size_of(const Dim& dim) {
  constexpr int64_t kMaxSize = int64_t{1} << 28;
  return dim.is_symbol() || dim.value() > kMaxSize ? 0 : dim.value();
}

const Type& type_of(const Program& program, int32_t value) {
  return program.values[static_cast<size_t>(value)].type;
}

// Where a picture's height stands in the input's shape; nothing if it takes none.
std::optional<size_t> picture_axis(const Type& type) {
  if (!type.is_tensor() || type.tensor.shape.size() != 4) return {};
  if (size_of(type.tensor.shape[1]) == 3) return 2;
  return size_of(type.tensor.shape[3]) == 3 ? std::optional<size_t>(1) : std::nullopt;
}

struct PictureModel {
  DType dtype = DType::f32;
  int64_t height = 0, width = 0;  // 0: any
  std::vector<Shape> outputs;
  bool named_as_yolo = false;  // "images", as YOLO's exporters call the input
};

std::optional<PictureModel> picture_model(const Program& program) {
  if (program.inputs.size() != 1 || program.outputs.empty()) return {};
  const ProgramValue& input = program.values[static_cast<size_t>(program.inputs[0])];
  const auto axis = picture_axis(input.type);
  if (!axis) return {};
  const TensorType& tensor = input.type.tensor;
  PictureModel made{.dtype = tensor.dtype,
                    .height = size_of(tensor.shape[*axis]),
                    .width = size_of(tensor.shape[*axis + 1]),
                    .outputs = {},
                    .named_as_yolo = input.name == "images"};
  for (const int32_t output : program.outputs) {
    const Type& type = type_of(program, output);
    if (!type.is_tensor() || type.tensor.shape.empty()) return {};
    made.outputs.push_back(type.tensor.shape);
  }
  return made;
}

// A size where the model leaves it open.
void set_size(const PictureModel& model, int width, int height, PictureInput& picture) {
  if (model.width == 0) picture.width = width;
  if (model.height == 0) picture.height = height;
}

// The usual normalization of ImageNet models, in bytes.
Task image_net_classifier(const PictureModel& model) {
  Task task;
  task.kind = "classify";
  task.picture.fit = PictureInput::Fit::crop;
  set_size(model, kClassifierSide, kClassifierSide, task.picture);
  if (is_float(model.dtype)) {
    task.picture.mean = {123.675f, 116.28f, 103.53f};
    task.picture.scale = {1 / 58.395f, 1 / 57.12f, 1 / 57.375f};
  }
  task.note =
      "guessed an ImageNet classifier with the usual normalization; if the answers look wrong, say "
      "what it takes with --task";
  return task;
}

// How the first output lies: [1, first, second].
enum class HeadKind : uint8_t { none, yolov8, yolov5, yolox, end_to_end };
constexpr std::string_view kHeadNames[] = {"", "yolov8", "yolov5", "yolox", "end_to_end"};

struct Layout {
  int64_t first = 0, second = 0;  // 0: not known
  int64_t cells = 0;              // of the grids on the picture; 0: of a picture of any size
  int64_t behind = 0;             // numbers of a row behind the classes: key points or masks
};

bool may_be_merged(const Layout& at) {
  return at.second == 6 + at.behind && at.first <= kMostMerged && at.first != at.cells &&
         at.first != 3 * at.cells;
}

bool fits(int64_t size, int64_t wanted) { return size == 0 || wanted == 0 || size == wanted; }

// Of a model whose number of classes is known.
HeadKind head_of(const Layout& at, int64_t classes, bool end_to_end) {
  const int64_t row = 4 + classes + at.behind;
  if (end_to_end) return at.second == 6 + at.behind ? HeadKind::end_to_end : HeadKind::none;
  if (at.first == row && fits(at.second, at.cells)) return HeadKind::yolov8;
  if (at.second == row && fits(at.first, at.cells)) return HeadKind::yolov8;
  if (at.second == row + 1 && fits(at.first, 3 * at.cells)) return HeadKind::yolov5;
  if (at.second == row + 1 && at.first == at.cells) return HeadKind::yolox;
  return at.first > 0 && may_be_merged(at) ? HeadKind::end_to_end : HeadKind::none;
}

// Of one that says nothing of itself but shapes.
HeadKind head_of(const Layout& at) {
  const bool pose = at.behind == kCocoPoints;
  if (at.first > 0 && may_be_merged(at)) return HeadKind::end_to_end;
  if (pose && at.first != 5 + at.behind && at.second != 5 + at.behind) return HeadKind::none;
  if (at.cells == 0) {
    if (at.first > 4 + at.behind && at.second == 0) return HeadKind::yolov8;
    return !pose && at.second > 5 + at.behind && at.first == 0 ? HeadKind::yolov5 : HeadKind::none;
  }
  if (at.second == at.cells && at.first > 4 + at.behind) return HeadKind::yolov8;
  if (pose) return at.first == at.cells ? HeadKind::yolov8 : HeadKind::none;
  if (at.second > 5 + at.behind && at.first == 3 * at.cells) return HeadKind::yolov5;
  if (at.first != at.cells || at.second < 6) return HeadKind::none;
  return at.second == 4 + 80 ? HeadKind::yolov8 : HeadKind::yolox;
}

// Cells of YOLO's grids on this picture, of strides from 8 on.
int64_t grid_cells(const PictureModel& model, int last_stride) {
  int64_t cells = 0;
  for (int64_t stride = 8; stride <= last_stride; stride *= 2) {
    cells += (model.height / stride) * (model.width / stride);
  }
  return model.height > 0 && model.width > 0 ? cells : 0;
}

// Masks that all boxes share, [1, masks, rows, columns]; 0 if there are none.
int64_t mask_count(const PictureModel& model) {
  if (model.outputs.size() != 2 || model.outputs[1].size() != 4) return 0;
  return size_of(model.outputs[1][1]);
}

std::optional<Layout> layout_of(const PictureModel& model, int last_stride) {
  const Shape& shape = model.outputs[0];
  if (shape.size() != 3 || size_of(shape[0]) > 1) return {};
  if (model.outputs.size() != (mask_count(model) > 0 ? 2 : 1)) return {};
  return Layout{size_of(shape[1]), size_of(shape[2]), grid_cells(model, last_stride),
                mask_count(model)};
}

Task yolo_task(std::string_view kind, HeadKind head, const PictureModel& model) {
  Task task;
  task.kind = kind;
  Json output = Json::object();
  output.set("decode", kHeadNames[static_cast<size_t>(head)]);
  task.fields.set("kind", task.kind);
  task.fields.set("output", std::move(output));
  task.picture.fit = PictureInput::Fit::letterbox;
  task.picture.filter = Filter::opencv_bilinear;
  if (head == HeadKind::yolox) {
    task.picture.anchor = Anchor::top_left;
    task.picture.order = ChannelOrder::bgr;
  } else if (is_float(model.dtype)) {
    task.picture.scale.fill(1 / 255.0f);
  }
  return task;
}

Json& output_of(Task& task) {
  Json output = *task.fields.find("output");
  return task.fields.set("output", std::move(output));
}

void name_points(const UltralyticsExport& from, Task& task) {
  Json& output = output_of(task);
  output.set("coordinates", from.coordinates);
  if (from.points == 17 && from.point_names.empty()) return;  // COCO's, as usual
  Json names = Json::array();
  for (size_t i = 0; i < from.points; ++i) {
    names.push(from.point_names.empty() ? cat("point ", i + 1) : from.point_names[i]);
  }
  output.set("keypoints", std::move(names));
}

Task ultralytics_classifier(const PictureModel& model, const UltralyticsExport& from) {
  Task task = image_net_classifier(model);
  task.picture.crop_fraction = 1;
  if (from.task.empty()) {  // YOLOv5's normalize as ImageNet's do
    task.picture.filter = Filter::opencv_bilinear;
  } else if (is_float(model.dtype)) {
    task.picture.mean.fill(0);
    task.picture.scale.fill(1 / 255.0f);
  }
  task.note.clear();
  return task;
}

std::string_view yolo_kind(const PictureModel& model, const UltralyticsExport& from) {
  if (from.task == "detect" || from.task == "segment" || from.task == "pose") return from.task;
  if (!from.task.empty()) return "";
  return mask_count(model) > 0 ? "segment" : "detect";
}

// What it was exported for is known; a task that hone has not is named, too.
Task guess_ultralytics(const PictureModel& model, const UltralyticsExport& from) {
  Task task;
  const bool one_row = model.outputs.size() == 1 && model.outputs[0].size() == 2;
  const int width = from.width > 0 ? from.width : kUsualSide;
  const int height = from.height > 0 ? from.height : kUsualSide;
  if (from.task == "classify" || (from.task.empty() && one_row)) {
    task = ultralytics_classifier(model, from);
  } else if (const std::string_view kind = yolo_kind(model, from); kind.empty()) {
    task.kind = from.task;
    return task;
  } else {
    auto layout = layout_of(model, std::max(from.stride, 32));
    if (!layout) return task;
    if (kind == "pose") layout->behind = static_cast<int64_t>(from.points * from.coordinates);
    const auto classes = static_cast<int64_t>(from.names.size());
    const HeadKind head = head_of(*layout, classes, from.end_to_end);
    if (head == HeadKind::none) return task;
    task = yolo_task(kind, head, model);
    if (kind == "pose") name_points(from, task);
  }
  const auto whole = [&](int side) { return (side + from.stride - 1) / from.stride * from.stride; };
  set_size(model, whole(width), whole(height), task.picture);
  task.labels = from.names;
  return task;
}

// By shapes alone.
Task guess_yolo(const PictureModel& model, const ModelHints& hints) {
  auto layout = layout_of(model, 32);
  if (!layout || (layout->cells == 0 && !model.named_as_yolo)) return {};
  std::string_view kind = layout->behind > 0 ? "segment" : "detect";
  const auto classes = static_cast<int64_t>(hints.classes);
  HeadKind head = classes > 0 ? head_of(*layout, classes, false) : HeadKind::none;
  if (head == HeadKind::none && kind == "detect" && classes <= 1) {
    Layout pose = *layout;
    pose.behind = kCocoPoints;
    head = head_of(pose);
    if (head != HeadKind::none) kind = "pose";
  }
  if (head == HeadKind::none) head = head_of(*layout);
  if (head == HeadKind::none) return {};
  Task task = yolo_task(kind, head, model);
  set_size(model, kUsualSide, kUsualSide, task.picture);
  task.note = cat("guessed a YOLO model (", kind, ", ", kHeadNames[static_cast<size_t>(head)],
                  ") by its shapes; if what it finds looks wrong, say what it gives with --task");
  return task;
}

Task guess_picture_task(const PictureModel& model, const ModelHints& hints) {
  if (const auto exported = read_ultralytics(hints.metadata)) {
    return guess_ultralytics(model, *exported);
  }
  const int64_t last = size_of(model.outputs[0].back());
  if (model.outputs.size() == 1 && (last == 1000 || last == 1001)) {
    return image_net_classifier(model);
  }
  return guess_yolo(model, hints);
}

// A text encoder, as exports of BERT and its like name their tensors: no other inputs.
bool is_text_encoder(const Program& program, const ModelHints& hints) {
  constexpr std::string_view kNames[] = {"input_ids", "attention_mask", "token_type_ids"};
  bool given[3] = {};
  for (const int32_t input : program.inputs) {
    const auto name = std::ranges::find(kNames, program.values[static_cast<size_t>(input)].name);
    if (name == std::end(kNames)) return false;
    given[name - std::begin(kNames)] = true;
  }
  return given[0] && (given[1] || hints.tokenizer == ModelHints::Tokenizer::beside);
}

// Of what passes cannot infer, as of dynamically quantized models, the rank is not known.
bool may_be_floats(const Type& type) {
  return type.kind == Type::Kind::unknown || (type.is_tensor() && is_float(type.tensor.dtype));
}

// One row of scores a text, as exports of classifiers name it.
bool gives_logits(const ProgramValue& out, const ModelHints& hints) {
  if (out.name != "logits") return false;
  if (out.type.is_tensor()) return out.type.tensor.shape.size() == 2;
  return hints.architecture.ends_with("ForSequenceClassification");
}

// Of the first output that can hold vectors.
Task guess_text_task(const Program& program, const ModelHints& hints) {
  Task task;
  for (const int32_t output : program.outputs) {
    const ProgramValue& out = program.values[static_cast<size_t>(output)];
    if (!may_be_floats(out.type)) continue;
    const bool logits = gives_logits(out, hints);
    task.kind = logits ? "text-classify" : "embed";
    Json named = Json::object();
    named.set(logits ? "scores" : "tensor", out.name);
    if (output != program.outputs[0]) task.fields.set("output", std::move(named));
    break;
  }
  return task;
}

}  // namespace

Task guess_task(const Program& program, const ModelHints& hints) {
  Task task;
  if (is_text_encoder(program, hints)) {
    task = guess_text_task(program, hints);
  } else if (const auto model = picture_model(program)) {
    task = guess_picture_task(*model, hints);
  }
  if (!task.kind.empty()) task.fields.set("kind", task.kind);
  task.guessed = true;
  return task;
}

}  // namespace hone
