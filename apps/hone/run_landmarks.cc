#include <cmath>

#include "run_tasks.h"
#include "table.h"
#include "tasks/landmarks.h"

namespace hone::cli {
namespace {

Json landmarks_json(const std::string& path, const Image& image, std::span<const Landmarks> found) {
  const auto cents = [](float v) { return std::round(static_cast<double>(v) * 100) / 100; };
  Json list = Json::array();
  for (const Landmarks& one : found) {
    Json points = Json::array();
    for (size_t i = 0; i < one.points.size(); ++i) {
      Json point = Json::array();
      point.push(cents(one.points[i].x));
      point.push(cents(one.points[i].y));
      if (!one.depths.empty()) point.push(cents(one.depths[i]));
      points.push(std::move(point));
    }
    Json item = Json::object();
    item.set("score", static_cast<double>(one.score));
    item.set("points", std::move(points));
    list.push(std::move(item));
  }
  Json object = Json::object();
  object.set("image", path);
  object.set("width", image.width);
  object.set("height", image.height);
  object.set("landmarks", std::move(list));
  return object;
}

std::string landmarks_text(std::span<const Landmarks> found, const Console& console) {
  if (found.empty()) return "nothing found\n";
  Table table({{"WHAT"},
               {"SURE", Align::right},
               {"POINTS", Align::right},
               {"LEFT", Align::right},
               {"TOP", Align::right},
               {"WIDTH", Align::right},
               {"HEIGHT", Align::right}});
  for (const Landmarks& one : found) {
    const Box& box = one.found.box;
    const std::string label = one.found.label.empty() ? "thing" : one.found.label;
    table.row({printable(label), cat(fixed(100 * static_cast<double>(one.score), 0), " %"),
               cat(one.points.size()), cat(std::lround(box.corner.x)),
               cat(std::lround(box.corner.y)), cat(std::lround(box.opposite.x - box.corner.x)),
               cat(std::lround(box.opposite.y - box.corner.y))});
  }
  return table.text_for(console);
}

}  // namespace

Expected<int> run_landmarks(const TaskRun& with, const std::vector<std::string>& pictures) {
  HONE_TRY(DrawnPictures drawn, DrawnPictures::create(with.options.out, pictures.size()));
  BundleParts bundle(with.run.files, with.run.threads);
  LandmarkModels models;
  HONE_TRY(models.detect, bundle.load_part("detect"));
  HONE_TRY(models.landmarks, bundle.load_part("landmarks"));
  HONE_TRY(const Task task, parse_task(with.run.files.task));
  if (with.options.threshold) models.detect.task.fields.set("threshold", *with.options.threshold);
  return for_each_picture(
      pictures, with.context, [&](const std::string& path, Image image) -> Status {
        HONE_TRY_CONTEXT(const std::vector<Landmarks> found, find_landmarks(models, task, image),
                         path);
        const std::string heading = pictures.size() > 1 ? cat(printable(path, 1000), "\n") : "";
        HONE_RETURN_IF_ERROR(with.context.console.print(
            with.run.json ? landmarks_json(path, image, found).write() + "\n"
                          : cat(heading, landmarks_text(found, with.context.console))));
        if (!drawn.wanted()) return {};
        draw_landmarks(image, found);
        return drawn.write(path, image);
      });
}

}  // namespace hone::cli
