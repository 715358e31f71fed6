#include "tasks/detect.h"

#include <algorithm>
#include <cmath>

#include "media/draw.h"
#include "tasks/fields.h"
#include "tasks/picture_input.h"

namespace hone {
namespace {

using Decode = DetectOptions::Decode;

constexpr int kMaxDetectStride = 1024;
constexpr size_t kMaxMerged = 4000;  // best boxes that are compared with each other

Expected<Decode> decode_of(const Fields& output) {
  HONE_TRY(const std::string name, output.text("decode", "yolov8"));
  constexpr std::pair<std::string_view, Decode> kNames[] = {
      {"yolov8", Decode::yolov8},   {"yolov11", Decode::yolov8},
      {"yolov5", Decode::yolov5},   {"yolox", Decode::yolox},
      {"ssd", Decode::ssd},         {"anchors", Decode::anchors},
      {"picodet", Decode::picodet}, {"end_to_end", Decode::end_to_end}};
  for (const auto& [known, decode] : kNames) {
    if (known == name) return decode;
  }
  return output.wrong("decode", "yolov8, yolov5, yolox, end_to_end, ssd, anchors or picodet");
}

Expected<NmsOptions> nms_options(const Task& task, Decode decode) {
  HONE_TRY(const Fields nms, Fields::of(task.fields, "nms"));
  NmsOptions options;
  const bool merged = decode == Decode::ssd || decode == Decode::end_to_end;
  HONE_TRY(options.iou, nms.number("iou", merged ? 1 : 0.45, 0, 1));
  HONE_TRY(const std::string merge, nms.text("merge", "best"));
  if (merge != "best" && merge != "weighted") return nms.wrong("merge", "best or weighted");
  if (merge == "weighted") options.merge = NmsOptions::Merge::weighted;
  HONE_TRY(const std::string classes, nms.text("classes", "each"));
  if (classes != "each" && classes != "together") {
    return nms.wrong("classes", "each or together");
  }
  if (classes == "together") options.classes = NmsOptions::Classes::together;
  return options;
}

Status read_grids(const Fields& output, DetectOptions& options) {
  HONE_TRY(const std::vector<int> strides, output.integers("strides", 1, kMaxDetectStride));
  if (!strides.empty()) {
    options.strides = strides;
  } else if (options.decode == Decode::picodet) {
    options.strides = {8, 16, 32, 64};
  }
  HONE_TRY(options.anchors_per_stride, output.integer("anchors_per_stride", 2, 1, 16));
  HONE_TRY(options.anchor_offset, output.number("anchor_offset", 0.5, 0, 1));
  return {};
}

// A size or place that a model gave: neither NaN nor beyond what pixels need.
bool is_place(float value) { return std::abs(value) < 1e7f; }

bool is_sound(const Box& box) {
  return is_place(box.corner.x) && is_place(box.corner.y) && is_place(box.opposite.x) &&
         is_place(box.opposite.y) && box.opposite.x > box.corner.x && box.opposite.y > box.corner.y;
}

float area(const Box& box) {
  return std::max(0.0f, box.opposite.x - box.corner.x) *
         std::max(0.0f, box.opposite.y - box.corner.y);
}

bool same_thing(const Detection& a, const Detection& b, const NmsOptions& options) {
  if (options.classes == NmsOptions::Classes::apart && a.index != b.index) return false;
  return overlap(a.box, b.box) > options.iou;
}

void add(Point& sum, const Point& point, float weight) {
  sum.x += point.x * weight;
  sum.y += point.y * weight;
}

// The average of `group` by score; the rest is the first one's, the best.
Detection average(std::span<const Detection* const> group) {
  Detection made = *group[0];
  float total = 0;
  made.box = {};
  std::ranges::fill(made.points, Point{});
  for (const Detection* one : group) total += one->score;
  for (const Detection* one : group) {
    const float weight = total > 0 ? one->score / total : 1 / static_cast<float>(group.size());
    add(made.box.corner, one->box.corner, weight);
    add(made.box.opposite, one->box.opposite, weight);
    for (size_t i = 0; i < std::min(made.points.size(), one->points.size()); ++i) {
      add(made.points[i], one->points[i], weight);
    }
  }
  return made;
}

Point clamp_to(const Image& image, Point point) {
  return {std::clamp(point.x, 0.0f, static_cast<float>(image.width)),
          std::clamp(point.y, 0.0f, static_cast<float>(image.height))};
}

}  // namespace

float overlap(const Box& a, const Box& b) {
  const Box common{{std::max(a.corner.x, b.corner.x), std::max(a.corner.y, b.corner.y)},
                   {std::min(a.opposite.x, b.opposite.x), std::min(a.opposite.y, b.opposite.y)}};
  const float both = area(common), all = area(a) + area(b) - both;
  return all > 0 ? both / all : 0;
}

std::vector<Detection> suppress(std::vector<Detection> detections, const NmsOptions& options) {
  std::ranges::stable_sort(detections, std::ranges::greater{}, &Detection::score);
  if (detections.size() > kMaxMerged) detections.resize(kMaxMerged);
  std::vector<Detection> kept;
  std::vector<char> used(detections.size(), 0);
  for (size_t i = 0; i < detections.size(); ++i) {
    if (used[i] != 0) continue;
    std::vector<const Detection*> group{&detections[i]};
    for (size_t j = i + 1; j < detections.size(); ++j) {
      if (used[j] != 0 || !same_thing(detections[i], detections[j], options)) continue;
      used[j] = 1;
      group.push_back(&detections[j]);
    }
    const bool weighted = options.merge == NmsOptions::Merge::weighted;
    kept.push_back(weighted ? average(group) : detections[i]);
  }
  return kept;
}

Expected<DetectOptions> detect_options(const Task& task) {
  HONE_TRY(const Fields output, Fields::of(task.fields, "output"));
  DetectOptions options;
  HONE_TRY(options.decode, decode_of(output));
  HONE_TRY(options.boxes, output.texts("boxes"));
  HONE_TRY(options.scores, output.texts("scores"));
  HONE_TRY(options.classes, output.texts("classes"));
  HONE_TRY(const std::string activation, output.text("activation", "none"));
  if (activation != "none" && activation != "sigmoid") {
    return output.wrong("activation", "none or sigmoid");
  }
  if (activation == "sigmoid") options.activation = DetectOptions::Activation::sigmoid;
  HONE_TRY(const Fields::Flag normalized, output.flag("normalized", Fields::Flag::no));
  if (normalized == Fields::Flag::yes) options.units = DetectOptions::Units::normalized;
  HONE_RETURN_IF_ERROR(read_grids(output, options));
  HONE_TRY(const std::vector<std::string> keypoints, output.texts("keypoints"));
  options.keypoints = keypoints.size();
  HONE_TRY(const int coordinates, output.integer("coordinates", 3, 2, 3));
  options.coordinates = static_cast<size_t>(coordinates);
  options.class_count = task.labels.size();
  HONE_TRY(options.threshold, Fields::whole(task.fields).number("threshold", 0.25, 0, 1));
  HONE_TRY(options.nms, nms_options(task, options.decode));
  return options;
}

Expected<std::vector<Detection>> detect(const TaskModel& model, const Task& task,
                                        const Image& image) {
  HONE_TRY(const DetectOptions options, detect_options(task));
  if (model.inputs.size() != 1) {
    return fail(Code::invalid_argument, "a detector has one input, this model ",
                model.inputs.size());
  }
  HONE_TRY(PictureTensor picture, picture_tensor(image, task.picture, model.input_type(0)));
  const RunValue input(picture.tensor);
  HONE_TRY(const Outputs outputs, model.run({&input, 1}));
  HONE_TRY(std::vector<Detection> found,
           decode_detections(outputs, options, {picture.width, picture.height}));
  found = suppress(std::move(found), options.nms);
  std::vector<Detection> made;
  for (Detection& one : found) {
    one.box = {clamp_to(image, picture.placed.to_original(one.box.corner)),
               clamp_to(image, picture.placed.to_original(one.box.opposite))};
    if (!is_sound(one.box)) continue;
    for (Point& point : one.points) point = picture.placed.to_original(point);
    if (one.index < task.labels.size()) one.label = task.labels[one.index];
    made.push_back(std::move(one));
    if (made.size() == options.most) break;
  }
  return made;
}

void draw_detections(Image& image, std::span<const Detection> detections, Coloring coloring) {
  std::vector<LabeledBox> labels;
  for (size_t i = 0; i < detections.size(); ++i) {
    const Detection& one = detections[i];
    const Brush brush{palette_color(coloring == Coloring::by_class ? one.index : i)};
    draw_box(image, one.box.corner, one.box.opposite, brush);
    for (const Point& point : one.points) draw_point(image, point, brush);
    const std::string name = one.label.empty() ? cat("class ", one.index) : one.label;
    labels.push_back({one.box.corner, one.box.opposite,
                      cat(name, " ", fixed(100.0 * one.score, 0), " %"), brush.color});
  }
  draw_box_labels(image, labels);
}

}  // namespace hone
