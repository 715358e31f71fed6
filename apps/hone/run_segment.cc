#include "class_list.h"
#include "detection_list.h"
#include "run_tasks.h"
#include "tasks/instances.h"
#include "tasks/segment.h"

namespace hone::cli {
namespace {

Json segments_json(const std::string& path, const Segmentation& made) {
  Json list = Json::array();
  for (const Segment& one : made.segments) {
    Json item = Json::object();
    item.set("index", one.index);
    if (!one.label.empty()) item.set("label", one.label);
    item.set("share", one.share);
    list.push(std::move(item));
  }
  Json object = Json::object();
  object.set("image", path);
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
                            const std::vector<std::string>& pictures) {
  HONE_TRY(DrawnPictures drawn, DrawnPictures::create(with.options.out, pictures.size()));
  HONE_TRY(DrawnPictures masks, DrawnPictures::create(with.options.mask, pictures.size(), ".png"));
  const TaskModel model = loaded.model();
  return for_each_picture(
      pictures, with.context, [&](const std::string& path, Image image) -> Status {
        HONE_TRY_CONTEXT(const std::vector<Instance> found,
                         find_instances(model, loaded.task, image), path);
        std::vector<Detection> boxes;
        for (const Instance& one : found) boxes.push_back(one.what);
        const std::string heading = pictures.size() > 1 ? cat(printable(path, 1000), "\n") : "";
        HONE_RETURN_IF_ERROR(with.context.console.print(
            with.run.json ? detections_json(path, image, boxes).write() + "\n"
                          : cat(heading, detections_text(boxes, with.context.console))));
        if (masks.wanted()) {
          HONE_RETURN_IF_ERROR(
              masks.write(path, instance_picture(found, image.width, image.height)));
        }
        if (!drawn.wanted()) return {};
        draw_instances(image, found);
        return drawn.write(path, image);
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
                          const std::vector<std::string>& pictures) {
  HONE_TRY(DrawnPictures drawn, DrawnPictures::create(with.options.out, pictures.size()));
  HONE_RETURN_IF_ERROR(check_mask(with.options.mask));
  if (has_boxes(loaded.task)) return run_instances(loaded, with, pictures);
  HONE_TRY(DrawnPictures masks, DrawnPictures::create(with.options.mask, pictures.size(), ".png"));
  HONE_TRY(const SegmentOptions options, segment_options(loaded.task));
  const TaskModel model = loaded.model();
  return for_each_picture(
      pictures, with.context, [&](const std::string& path, Image image) -> Status {
        HONE_TRY_CONTEXT(const Segmentation made, segment(model, loaded.task, image), path);
        const std::string heading = pictures.size() > 1 ? cat(printable(path, 1000), "\n") : "";
        HONE_RETURN_IF_ERROR(
            with.context.console.print(with.run.json ? segments_json(path, made).write() + "\n"
                                                     : cat(heading, segments_text(made))));
        if (masks.wanted()) HONE_RETURN_IF_ERROR(masks.write(path, class_picture(made)));
        if (!drawn.wanted()) return {};
        draw_segments(image, made, options.background);
        return drawn.write(path, image);
      });
}

}  // namespace hone::cli
