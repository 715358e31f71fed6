#include "tasks/landmarks.h"

#include <algorithm>
#include <cmath>

#include "media/draw.h"
#include "tasks/fields.h"
#include "tasks/picture_input.h"

namespace hone {
namespace {

constexpr int kMaxCropSide = 4096;

struct LandmarkOptions {
  std::string points, score;  // outputs; empty: the first, none
  int coordinates = 2;
  bool sigmoid = false;
  double threshold = 0.5;
};

Expected<LandmarkOptions> landmark_options(const Task& task) {
  HONE_TRY(const Fields output, Fields::of(task.fields, "output"));
  LandmarkOptions options;
  HONE_TRY(options.points, output.text("points"));
  HONE_TRY(options.score, output.text("score"));
  HONE_TRY(options.coordinates, output.integer("coordinates", 2, 2, 3));
  HONE_TRY(const std::string activation, output.text("activation", "none"));
  if (activation != "none" && activation != "sigmoid") {
    return output.wrong("activation", "none or sigmoid");
  }
  options.sigmoid = activation == "sigmoid";
  HONE_TRY(options.threshold, Fields::whole(task.fields).number("threshold", 0.5, 0, 1));
  return options;
}

// By the names that the detecting part gives its key points.
Expected<LandmarkRegion> region_options(const Task& bundle, const Task& detect) {
  HONE_TRY(const Fields fields, Fields::of(bundle.fields, "region"));
  HONE_TRY(const Fields output, Fields::of(detect.fields, "output"));
  LandmarkRegion region;
  HONE_TRY(region.scale, fields.number("scale", 1.5, 0.1, 10));
  HONE_TRY(const std::vector<std::string> names, output.texts("keypoints"));
  HONE_TRY(const std::vector<std::string> level, fields.texts("keypoints"));
  if (level.empty()) {
    region.to = region.from;
    return region;
  }
  const auto from = std::ranges::find(names, level[0]);
  const auto to = std::ranges::find(names, level.back());
  if (level.size() != 2 || from == names.end() || to == names.end()) {
    return fields.wrong("keypoints", cat("two of ", join(names, ", ")));
  }
  region.from = static_cast<size_t>(from - names.begin());
  region.to = static_cast<size_t>(to - names.begin());
  return region;
}

Expected<Rows> output_rows(const Outputs& outputs, const std::string& name) {
  const Tensor* found =
      name.empty() && !outputs.tensors.empty() ? &outputs.tensors[0] : outputs.find(name);
  if (found != nullptr) return rows_of(*found);
  return fail(Code::invalid_argument, "the model has no output '", printable(name), "'; it has ",
              printable(join(outputs.names, ", ")));
}

Expected<float> score_of(const Outputs& outputs, const LandmarkOptions& options) {
  if (options.score.empty()) return 1.0f;
  HONE_TRY(const Rows rows, output_rows(outputs, options.score));
  const float value = rows.values[0];
  return options.sigmoid ? 1 / (1 + std::exp(-value)) : value;
}

// From the square's pixels to the picture's.
Status add_points(const Rows& rows, int coordinates, const Quad& quad, InputSize size,
                  Landmarks& made) {
  const auto step = static_cast<size_t>(coordinates);
  if (rows.values.size() % step != 0) {
    return fail(Code::invalid_argument, "the model's points are ", rows.values.size(),
                " numbers, which are no points of ", coordinates);
  }
  const float side = std::hypot(quad[1].x - quad[0].x, quad[1].y - quad[0].y);
  for (size_t i = 0; i < rows.values.size(); i += step) {
    const float x = rows.values[i] / static_cast<float>(size.width);
    const float y = rows.values[i + 1] / static_cast<float>(size.height);
    made.points.push_back({quad[0].x + x * (quad[1].x - quad[0].x) + y * (quad[3].x - quad[0].x),
                           quad[0].y + x * (quad[1].y - quad[0].y) + y * (quad[3].y - quad[0].y)});
    if (step == 3) {
      made.depths.push_back(rows.values[i + 2] / static_cast<float>(size.width) * side);
    }
  }
  return {};
}

Expected<Landmarks> look_at(const TaskPart& part, const LandmarkOptions& options,
                            const Image& image, const Detection& found, const Quad& quad) {
  const float side = std::hypot(quad[1].x - quad[0].x, quad[1].y - quad[0].y);
  if (part.model.inputs.size() != 1) {
    return fail(Code::invalid_argument, "the model has ", part.model.inputs.size(),
                " inputs, not one picture");
  }
  const PictureInput& picture = part.task.picture;
  const int pixels = std::clamp(static_cast<int>(std::lround(side)), 1, kMaxCropSide);
  HONE_TRY(const Image square, straighten(image, quad, picture.width > 0 ? picture.width : pixels,
                                          picture.height > 0 ? picture.height : pixels));
  HONE_TRY(PictureTensor input, picture_tensor(square, picture, part.model.input_type(0)));
  const InputSize size{input.width, input.height};
  const RunValue value(std::move(input.tensor));
  HONE_TRY(const Outputs outputs, part.model.run({&value, 1}));
  Landmarks made{.found = found, .score = 0, .points = {}, .depths = {}};
  HONE_TRY(made.score, score_of(outputs, options));
  HONE_TRY(const Rows rows, output_rows(outputs, options.points));
  HONE_RETURN_IF_ERROR(add_points(rows, options.coordinates, quad, size, made));
  return made;
}

}  // namespace

Quad region_of(const Detection& found, const LandmarkRegion& region) {
  const Point &a = found.box.corner, &b = found.box.opposite;
  const Point center{(a.x + b.x) / 2, (a.y + b.y) / 2};
  const float half = std::max(b.x - a.x, b.y - a.y) * static_cast<float>(region.scale) / 2;
  float angle = 0;
  if (region.from != region.to && std::max(region.from, region.to) < found.points.size()) {
    const Point &from = found.points[region.from], &to = found.points[region.to];
    angle = std::atan2(to.y - from.y, to.x - from.x);
  }
  const Point right{half * std::cos(angle), half * std::sin(angle)}, down{-right.y, right.x};
  const auto corner = [&](float across, float along) {
    return Point{center.x + across * right.x + along * down.x,
                 center.y + across * right.y + along * down.y};
  };
  return {corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)};
}

Expected<std::vector<Landmarks>> find_landmarks(const LandmarkModels& models, const Task& bundle,
                                                const Image& image) {
  HONE_TRY(const LandmarkRegion region, region_options(bundle, models.detect.task));
  HONE_TRY(const LandmarkOptions options, landmark_options(models.landmarks.task));
  HONE_TRY(const std::vector<Detection> found,
           detect(models.detect.model, models.detect.task, image));
  std::vector<Landmarks> all;
  for (const Detection& one : found) {
    const Quad quad = region_of(one, region);
    HONE_TRY(Landmarks made, look_at(models.landmarks, options, image, one, quad));
    if (made.score >= static_cast<float>(options.threshold)) all.push_back(std::move(made));
  }
  return all;
}

void draw_landmarks(Image& image, std::span<const Landmarks> found) {
  for (size_t i = 0; i < found.size(); ++i) {
    const Brush thin{palette_color(i), 1};
    for (const Point& point : found[i].points) draw_point(image, point, thin);
  }
}

}  // namespace hone
