#include "tasks/pose.h"

#include <algorithm>
#include <cmath>

#include "media/draw.h"
#include "tasks/fields.h"
#include "tasks/picture_input.h"

namespace hone {
namespace {

constexpr std::string_view kCocoNames[] = {
    "nose",           "left eye",   "right eye",   "left ear",   "right ear",   "left shoulder",
    "right shoulder", "left elbow", "right elbow", "left wrist", "right wrist", "left hip",
    "right hip",      "left knee",  "right knee",  "left ankle", "right ankle"};
constexpr std::pair<size_t, size_t> kCocoBones[] = {
    {0, 1},  {0, 2},  {1, 3},  {2, 4},   {5, 6},   {5, 7},   {7, 9},   {6, 8},
    {8, 10}, {5, 11}, {6, 12}, {11, 12}, {11, 13}, {13, 15}, {12, 14}, {14, 16}};

bool is_place(const Point& point) { return std::abs(point.x) < 1e7f && std::abs(point.y) < 1e7f; }

// Pairs of names.
Status read_bones(const Fields& output, PoseOptions& options) {
  const Json* list = output.find("bones");
  if (list == nullptr || list->as_array() == nullptr) {
    return list == nullptr ? Status() : output.wrong("bones", "pairs of names of points");
  }
  const auto place = [&](const Json& name) -> std::optional<size_t> {
    const auto found = name.as_string() == nullptr
                           ? options.names.end()
                           : std::ranges::find(options.names, *name.as_string());
    if (found == options.names.end()) return {};
    return static_cast<size_t>(found - options.names.begin());
  };
  for (const Json& pair : *list->as_array()) {
    const bool is_pair = pair.as_array() != nullptr && pair.as_array()->size() == 2;
    const auto from = is_pair ? place((*pair.as_array())[0]) : std::nullopt;
    const auto to = is_pair ? place((*pair.as_array())[1]) : std::nullopt;
    if (!from || !to) return output.wrong("bones", "pairs of names of points");
    options.bones.emplace_back(*from, *to);
  }
  return {};
}

float mean_score(const std::vector<KeyPoint>& points) {
  float sum = 0;
  for (const KeyPoint& point : points) sum += point.score;
  return points.empty() ? 0 : sum / static_cast<float>(points.size());
}

Expected<std::vector<Pose>> decode_movenet(const Outputs& outputs, const PoseOptions& options,
                                           InputSize input) {
  const Tensor* tensor = options.points.empty()
                             ? (outputs.tensors.empty() ? nullptr : &outputs.tensors[0])
                             : outputs.find(options.points);
  if (tensor == nullptr) {
    return fail(Code::invalid_argument, "the model has no output '", printable(options.points),
                "'; it has ", printable(join(outputs.names, ", ")));
  }
  HONE_TRY(const Rows rows, rows_of(*tensor));
  if (rows.columns != 3 || rows.rows != static_cast<int64_t>(options.names.size())) {
    return fail(Code::invalid_argument, "the model's output of ", rows.rows, " rows of ",
                rows.columns, " numbers is not y, x and score of the task's ", options.names.size(),
                " points");
  }
  Pose pose;
  for (int64_t r = 0; r < rows.rows; ++r) {
    const std::span<const float> row = rows.row(r);
    const Point at{row[1] * static_cast<float>(input.width),
                   row[0] * static_cast<float>(input.height)};
    pose.points.push_back(is_place(at) ? KeyPoint{at, row[2]} : KeyPoint{});
  }
  pose.score = mean_score(pose.points);
  if (!(pose.score >= options.threshold)) return std::vector<Pose>{};
  return std::vector{std::move(pose)};
}

Expected<std::vector<Pose>> decode_boxes(const Outputs& outputs, const Task& task,
                                         const PoseOptions& options, InputSize input) {
  HONE_TRY(DetectOptions detect, detect_options(task));
  detect.keypoints = options.names.size();
  HONE_TRY(std::vector<Detection> found, decode_detections(outputs, detect, input));
  std::vector<Pose> poses;
  for (const Detection& one : suppress(std::move(found), detect.nms)) {
    Pose pose{.score = one.score, .box = one.box};
    for (size_t i = 0; i < one.points.size(); ++i) {
      pose.points.push_back({one.points[i], one.point_scores[i]});
    }
    poses.push_back(std::move(pose));
    if (poses.size() == detect.most) break;
  }
  return poses;
}

}  // namespace

Expected<PoseOptions> pose_options(const Task& task) {
  HONE_TRY(const Fields output, Fields::of(task.fields, "output"));
  PoseOptions options;
  HONE_TRY(const std::string decode, output.text("decode", "movenet"));
  if (decode == "yolov8" || decode == "end_to_end") {
    options.decode = PoseOptions::Decode::boxes;
  } else if (decode != "movenet") {
    return output.wrong("decode", "movenet, yolov8 or end_to_end");
  }
  HONE_TRY(options.points, output.text("points"));
  HONE_TRY(options.names, output.texts("keypoints"));
  if (options.names.empty()) {
    options.names.assign(std::begin(kCocoNames), std::end(kCocoNames));
    options.bones.assign(std::begin(kCocoBones), std::end(kCocoBones));
  }
  HONE_RETURN_IF_ERROR(read_bones(output, options));
  HONE_TRY(options.threshold, Fields::whole(task.fields).number("threshold", 0.25, 0, 1));
  HONE_TRY(options.point_threshold, output.number("threshold", 0.3, 0, 1));
  return options;
}

Expected<std::vector<Pose>> decode_poses(const Outputs& outputs, const Task& task,
                                         const PoseOptions& options, InputSize input) {
  return options.decode == PoseOptions::Decode::movenet
             ? decode_movenet(outputs, options, input)
             : decode_boxes(outputs, task, options, input);
}

Expected<std::vector<Pose>> find_poses(const TaskModel& model, const Task& task,
                                       const Image& image) {
  HONE_TRY(const PoseOptions options, pose_options(task));
  if (model.inputs.size() != 1) {
    return fail(Code::invalid_argument, "a pose model has one input, this one ",
                model.inputs.size());
  }
  HONE_TRY(const PictureTensor picture, picture_tensor(image, task.picture, model.input_type(0)));
  const RunValue input(picture.tensor);
  HONE_TRY(const Outputs outputs, model.run({&input, 1}));
  HONE_TRY(std::vector<Pose> poses,
           decode_poses(outputs, task, options, {picture.width, picture.height}));
  for (Pose& pose : poses) {
    for (KeyPoint& point : pose.points) point.at = picture.placed.to_original(point.at);
    if (pose.box) {
      pose.box = Box{picture.placed.to_original(pose.box->corner),
                     picture.placed.to_original(pose.box->opposite)};
    }
  }
  return poses;
}

void draw_poses(Image& image, std::span<const Pose> poses, const PoseOptions& options) {
  const auto seen = [&](const KeyPoint& point) {
    return static_cast<double>(point.score) >= options.point_threshold;
  };
  for (size_t i = 0; i < poses.size(); ++i) {
    const std::vector<KeyPoint>& points = poses[i].points;
    if (poses[i].box) {
      draw_box(image, poses[i].box->corner, poses[i].box->opposite, {palette_color(i)});
    }
    for (const auto& [from, to] : options.bones) {
      if (from >= points.size() || to >= points.size()) continue;
      if (!seen(points[from]) || !seen(points[to])) continue;
      draw_line(image, points[from].at, points[to].at, {palette_color(i)});
    }
    for (const KeyPoint& point : points) {
      if (seen(point)) draw_point(image, point.at, {palette_color(i + 1)});
    }
  }
}

}  // namespace hone
