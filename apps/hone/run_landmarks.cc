#include <cmath>

#include "answer_pictures.h"
#include "table.h"
#include "tasks/landmarks.h"

namespace hone::cli {
namespace {

Json landmarks_json(const Image& image, std::span<const Landmarks> found) {
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

Expected<int> run_landmarks(const TaskRun& with, const PictureList& pictures) {
  BundleParts bundle(with.run.files, with.run.threads);
  LandmarkModels models;
  HONE_TRY(models.detect, bundle.load_part("detect"));
  HONE_TRY(models.landmarks, bundle.load_part("landmarks"));
  HONE_TRY(const Task task, parse_task(with.run.files.task));
  if (with.options.threshold) models.detect.task.fields.set("threshold", *with.options.threshold);
  return answer_pictures(pictures, with, [&](const Image& image) -> Expected<PictureAnswer> {
    HONE_TRY(const std::vector<Landmarks> found, find_landmarks(models, task, image));
    return PictureAnswer{landmarks_json(image, found), landmarks_text(found, with.context.console),
                         [found](Image& drawn) { draw_landmarks(drawn, found); }};
  });
}

}  // namespace hone::cli
