#include <cmath>

#include "class_list.h"
#include "run_tasks.h"
#include "table.h"
#include "tasks/classify.h"
#include "tasks/detect.h"

namespace hone::cli {
namespace {

Json point_json(const Point& point) {
  Json pair = Json::array();
  for (const float v : {point.x, point.y}) {
    pair.push(std::round(static_cast<double>(v) * 100) / 100);
  }
  return pair;
}

Json detections_json(const std::string& path, const Image& image,
                     std::span<const Detection> found) {
  Json list = Json::array();
  for (const Detection& one : found) {
    Json item = Json::object();
    item.set("index", one.index);
    if (!one.label.empty()) item.set("label", one.label);
    item.set("score", static_cast<double>(one.score));
    Json box = Json::array();
    box.push(point_json(one.box.corner));
    box.push(point_json(one.box.opposite));
    item.set("box", std::move(box));
    if (!one.points.empty()) {
      Json points = Json::array();
      for (const Point& point : one.points) points.push(point_json(point));
      item.set("points", std::move(points));
    }
    list.push(std::move(item));
  }
  Json object = Json::object();
  object.set("image", path);
  object.set("width", image.width);
  object.set("height", image.height);
  object.set("detections", std::move(list));
  return object;
}

std::string whole(float value) { return cat(std::lround(value)); }

std::string detections_text(std::span<const Detection> found, const Console& console) {
  if (found.empty()) return "nothing found\n";
  Table table({{"WHAT"},
               {"SURE", Align::right},
               {"LEFT", Align::right},
               {"TOP", Align::right},
               {"WIDTH", Align::right},
               {"HEIGHT", Align::right}});
  for (const Detection& one : found) {
    table.row({printable(name_of_class(one.label, static_cast<int64_t>(one.index))),
               cat(fixed(100 * static_cast<double>(one.score), 0), " %"), whole(one.box.corner.x),
               whole(one.box.corner.y), whole(one.box.opposite.x - one.box.corner.x),
               whole(one.box.opposite.y - one.box.corner.y)});
  }
  return table.text_for(console);
}

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
  return for_each_picture(
      pictures, with.context, [&](const std::string& path, const Image& image) -> Status {
        HONE_TRY_CONTEXT(const std::vector<Class> classes,
                         classify(*loaded.program.session, loaded.task, image, top), path);
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
