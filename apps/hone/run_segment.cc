#include "answer_pictures.h"
#include "class_list.h"
#include "detection_list.h"
#include "tasks/instances.h"
#include "tasks/segment.h"

namespace hone::cli {
namespace {

Json segments_json(const Segmentation& made) {
  Json list = Json::array();
  for (const Segment& one : made.segments) {
    Json item = Json::object();
    item.set("index", one.index);
    if (!one.label.empty()) item.set("label", one.label);
    item.set("share", one.share);
    list.push(std::move(item));
  }
  Json object = Json::object();
  object.set("width", made.width);
  object.set("height", made.height);
  object.set("classes", std::move(list));
  return object;
}

std::string segments_text(const Segmentation& made) {
  std::string text;
  for (const Segment& one : made.segments) {
    text += class_line(one.share, one.label, static_cast<int64_t>(one.index));
  }
  return text;
}

// JPEG would change the numbers.
Status check_mask(const std::string& mask) {
  const auto format = image_format_of(mask);
  if (!format || *format == ImageFormat::png) return {};
  return fail(Code::invalid_argument, "--mask ", printable(mask), ": must be a .png");
}

// Things one by one instead of a class a pixel.
Expected<int> run_instances(const LoadedTask& loaded, const TaskRun& with,
                            const PictureList& pictures) {
  const TaskModel model = loaded.model();
  return answer_pictures(pictures, with, [&](const Image& image) -> Expected<PictureAnswer> {
    HONE_TRY(const std::vector<Instance> found, find_instances(model, loaded.task, image));
    std::vector<Detection> boxes;
    for (const Instance& one : found) boxes.push_back(one.what);
    PictureAnswer answer{detections_json(image, boxes),
                         detections_text(boxes, with.context.console),
                         [found](Image& drawn) { draw_instances(drawn, found); }};
    if (!with.options.mask.empty()) {
      answer.mask = instance_picture(found, image.width, image.height);
    }
    return answer;
  });
}

bool has_boxes(const Task& task) {
  const Json* output = task.fields.find("output");
  const Json* decode = output == nullptr ? nullptr : output->find("decode");
  if (decode == nullptr || decode->as_string() == nullptr) return false;
  const std::string_view name = *decode->as_string();
  return name == "yolov8" || name == "yolov5" || name == "end_to_end";
}

}  // namespace

Expected<int> run_segment(const LoadedTask& loaded, const TaskRun& with,
                          const PictureList& pictures) {
  HONE_RETURN_IF_ERROR(check_mask(with.options.mask));
  if (has_boxes(loaded.task)) return run_instances(loaded, with, pictures);
  HONE_TRY(const SegmentOptions options, segment_options(loaded.task));
  const TaskModel model = loaded.model();
  return answer_pictures(pictures, with, [&](const Image& image) -> Expected<PictureAnswer> {
    HONE_TRY(Segmentation made, segment(model, loaded.task, image));
    PictureAnswer answer{segments_json(made), segments_text(made)};
    if (!with.options.mask.empty()) answer.mask = class_picture(made);
    if (with.options.out.empty()) return answer;
    answer.draw = [made = std::move(made), &options](Image& drawn) {
      draw_segments(drawn, made, options.background);
    };
    return answer;
  });
}

}  // namespace hone::cli
