#include <cmath>

#include "run_tasks.h"
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
  json.set("points", std::move(points));
  return json;
}

std::string poses_json(const std::string& path, const Image& image, std::span<const Pose> poses,
                       const PoseOptions& options) {
  Json list = Json::array();
  for (const Pose& pose : poses) list.push(pose_json(pose, options));
  Json object = Json::object();
  object.set("image", path);
  object.set("width", image.width);
  object.set("height", image.height);
  object.set("poses", std::move(list));
  return object.write() + "\n";
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

Expected<int> run_pose(const LoadedTask& loaded, const TaskRun& with,
                       const std::vector<std::string>& pictures) {
  HONE_TRY(DrawnPictures drawn, DrawnPictures::create(with.options.out, pictures.size()));
  HONE_TRY(const PoseOptions options, pose_options(loaded.task));
  const TaskModel model = loaded.model();
  return for_each_picture(
      pictures, with.context, [&](const std::string& path, Image image) -> Status {
        HONE_TRY_CONTEXT(const std::vector<Pose> poses, find_poses(model, loaded.task, image),
                         path);
        const std::string heading = pictures.size() > 1 ? cat(printable(path, 1000), "\n") : "";
        HONE_RETURN_IF_ERROR(with.context.console.print(
            with.run.json ? poses_json(path, image, poses, options)
                          : cat(heading, poses_text(poses, options, with.context.console))));
        if (!drawn.wanted()) return {};
        draw_poses(image, poses, options);
        return drawn.write(path, image);
      });
}

}  // namespace hone::cli
