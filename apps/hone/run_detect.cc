#include "class_list.h"
#include "detection_list.h"
#include "run_tasks.h"
#include "tasks/classify.h"
#include "tasks/detect.h"

namespace hone::cli {
namespace {

Json classes_json(const std::string& image, std::span<const Class> classes) {
  Json object = Json::object();
  object.set("image", image);
  object.set("classes", class_list(classes));
  return object;
}

// The picture's name above what it shows, where there are several.
std::string headed(const std::string& path, size_t pictures, std::string text) {
  return pictures > 1 ? cat(printable(path, 1000), "\n", text) : text;
}

}  // namespace

Expected<int> run_classify(const LoadedTask& loaded, const TaskRun& with,
                           const std::vector<std::string>& pictures) {
  const size_t top = static_cast<size_t>(with.options.top);
  const TaskModel model = loaded.model();
  return for_each_picture(
      pictures, with.context, [&](const std::string& path, const Image& image) -> Status {
        HONE_TRY_CONTEXT(const std::vector<Class> classes, classify(model, loaded.task, image, top),
                         path);
        return with.context.console.print(
            with.run.json ? classes_json(path, classes).write() + "\n"
                          : headed(path, pictures.size(), class_lines(classes)));
      });
}

Expected<int> run_detect(const LoadedTask& loaded, const TaskRun& with,
                         const std::vector<std::string>& pictures) {
  HONE_TRY(DrawnPictures drawn, DrawnPictures::create(with.options.out, pictures.size()));
  const TaskModel model = loaded.model();
  return for_each_picture(
      pictures, with.context, [&](const std::string& path, Image image) -> Status {
        HONE_TRY_CONTEXT(const std::vector<Detection> found, detect(model, loaded.task, image),
                         path);
        HONE_RETURN_IF_ERROR(with.context.console.print(
            with.run.json
                ? detections_json(path, image, found).write() + "\n"
                : headed(path, pictures.size(), detections_text(found, with.context.console))));
        if (!drawn.wanted()) return {};
        draw_detections(image, found);
        return drawn.write(path, image);
      });
}

}  // namespace hone::cli
