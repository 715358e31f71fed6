#include "answer_pictures.h"
#include "class_list.h"
#include "detection_list.h"
#include "tasks/classify.h"
#include "tasks/detect.h"

namespace hone::cli {
namespace {

Json classes_json(std::span<const Class> classes) {
  Json object = Json::object();
  object.set("classes", class_list(classes));
  return object;
}

}  // namespace

Expected<int> run_classify(const LoadedTask& loaded, const TaskRun& with,
                           const PictureList& pictures) {
  const size_t top = static_cast<size_t>(with.options.top);
  const TaskModel model = loaded.model();
  return answer_pictures(pictures, with, [&](const Image& image) -> Expected<PictureAnswer> {
    HONE_TRY(const std::vector<Class> classes, classify(model, loaded.task, image, top));
    return PictureAnswer{classes_json(classes), class_lines(classes)};
  });
}

Expected<int> run_detect(const LoadedTask& loaded, const TaskRun& with,
                         const PictureList& pictures) {
  const TaskModel model = loaded.model();
  return answer_pictures(pictures, with, [&](const Image& image) -> Expected<PictureAnswer> {
    HONE_TRY(const std::vector<Detection> found, detect(model, loaded.task, image));
    return PictureAnswer{detections_json(image, found),
                         detections_text(found, with.context.console),
                         [found](Image& drawn) { draw_detections(drawn, found); }};
  });
}

}  // namespace hone::cli
