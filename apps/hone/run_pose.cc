#include <cmath>

#include "answer_pictures.h"
#include "table.h"
#include "tasks/pose.h"

namespace hone::cli {
namespace {

Json pose_json(const Pose& pose, const PoseOptions& options) {
  const auto cents = [](float v) { return std::round(static_cast<double>(v) * 100) / 100; };
  Json points = Json::array();
  for (size_t i = 0; i < pose.points.size(); ++i) {
    Json point = Json::object();
    point.set("name", options.names[i]);
    point.set("x", cents(pose.points[i].at.x));
    point.set("y", cents(pose.points[i].at.y));
    point.set("score", static_cast<double>(pose.points[i].score));
    points.push(std::move(point));
  }
  Json json = Json::object();
  json.set("score", static_cast<double>(pose.score));
  if (pose.box) {
    Json& box = json.set("box", Json::array());
    for (const Point& corner : {pose.box->corner, pose.box->opposite}) {
      Json pair = Json::array();
      pair.push(cents(corner.x));
      pair.push(cents(corner.y));
      box.push(std::move(pair));
    }
  }
  json.set("points", std::move(points));
  return json;
}

Json poses_json(const Image& image, std::span<const Pose> poses, const PoseOptions& options) {
  Json list = Json::array();
  for (const Pose& pose : poses) list.push(pose_json(pose, options));
  Json object = Json::object();
  object.set("width", image.width);
  object.set("height", image.height);
  object.set("poses", std::move(list));
  return object;
}

std::string poses_text(std::span<const Pose> poses, const PoseOptions& options,
                       const Console& console) {
  if (poses.empty()) return "nobody found\n";
  Table table({{"POSE", Align::right},
               {"POINT"},
               {"SURE", Align::right},
               {"X", Align::right},
               {"Y", Align::right}});
  for (size_t i = 0; i < poses.size(); ++i) {
    for (size_t p = 0; p < poses[i].points.size(); ++p) {
      const KeyPoint& point = poses[i].points[p];
      table.row({cat(i + 1), printable(options.names[p]),
                 cat(fixed(100 * static_cast<double>(point.score), 0), " %"),
                 cat(std::lround(point.at.x)), cat(std::lround(point.at.y))});
    }
  }
  return table.text_for(console);
}

}  // namespace

Expected<int> run_pose(const LoadedTask& loaded, const TaskRun& with, const PictureList& pictures) {
  HONE_TRY(const PoseOptions options, pose_options(loaded.task));
  const TaskModel model = loaded.model();
  return answer_pictures(pictures, with, [&](const Image& image) -> Expected<PictureAnswer> {
    HONE_TRY(const std::vector<Pose> poses, find_poses(model, loaded.task, image));
    return PictureAnswer{poses_json(image, poses, options),
                         poses_text(poses, options, with.context.console),
                         [poses, &options](Image& drawn) { draw_poses(drawn, poses, options); }};
  });
}

}  // namespace hone::cli
