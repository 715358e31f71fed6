#include "detection_list.h"

#include <cmath>

#include "class_list.h"
#include "table.h"

namespace hone::cli {
namespace {

Json point_json(const Point& point) {
  Json pair = Json::array();
  for (const float v : {point.x, point.y}) {
    pair.push(std::round(static_cast<double>(v) * 100) / 100);
  }
  return pair;
}

std::string whole(float value) { return cat(std::lround(value)); }

}  // namespace

Json detections_json(const Image& image, std::span<const Detection> found) {
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
  object.set("width", image.width);
  object.set("height", image.height);
  object.set("detections", std::move(list));
  return object;
}

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

}  // namespace hone::cli
