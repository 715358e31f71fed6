#include "tasks/instances.h"

#include <algorithm>
#include <cmath>

#include "media/draw.h"
#include "tasks/fields.h"

namespace hone {
namespace {

// The masks that all boxes share.
struct Prototypes {
  int64_t count = 0, height = 0, width = 0;
  std::vector<float> values;
};

Expected<Prototypes> prototypes_of(const Outputs& outputs, const InstanceOptions& options) {
  const Tensor* tensor = options.masks.empty()
                             ? (outputs.tensors.size() < 2 ? nullptr : &outputs.tensors[1])
                             : outputs.find(options.masks);
  if (tensor == nullptr || tensor->dims().rank() != 4 || tensor->dims()[0] != 1) {
    return fail(Code::invalid_argument, "the model has no output [1, masks, rows, columns]",
                options.masks.empty() ? "" : " '", options.masks, options.masks.empty() ? "" : "'");
  }
  HONE_TRY(Rows rows, rows_of(*tensor));
  return Prototypes{tensor->dims()[1], tensor->dims()[2], tensor->dims()[3],
                    std::move(rows.values)};
}

// What a box takes of each mask, added up.
std::vector<float> combined(const Prototypes& masks, std::span<const float> shares) {
  const size_t pixels = static_cast<size_t>(masks.height * masks.width);
  std::vector<float> sum(pixels);
  for (size_t m = 0; m < shares.size(); ++m) {
    const float* mask = masks.values.data() + m * pixels;
    for (size_t i = 0; i < pixels; ++i) sum[i] += shares[m] * mask[i];
  }
  return sum;
}

float sample(const std::vector<float>& plane, const Prototypes& masks, double x, double y) {
  const auto at = [&](double v, int64_t size) {
    return std::clamp(v, 0.0, static_cast<double>(size - 1));
  };
  const double cx = at(x, masks.width), cy = at(y, masks.height);
  const auto left = static_cast<int64_t>(cx), top = static_cast<int64_t>(cy);
  const int64_t right = std::min(left + 1, masks.width - 1),
                low = std::min(top + 1, masks.height - 1);
  const auto value = [&](int64_t column, int64_t row) {
    return plane[static_cast<size_t>(row * masks.width + column)];
  };
  const float across = static_cast<float>(cx - static_cast<double>(left));
  const float down = static_cast<float>(cy - static_cast<double>(top));
  const float above = value(left, top) + (value(right, top) - value(left, top)) * across;
  const float below = value(left, low) + (value(right, low) - value(left, low)) * across;
  return above + (below - above) * down;
}

// Whole pixels whose centers lie in the box, within the picture.
Rect pixels_of(const Box& box, int width, int height) {
  const auto first = [](float v, int size) {
    return static_cast<int>(std::clamp(std::ceil(v - 0.5f), 0.0f, static_cast<float>(size)));
  };
  const int x = first(box.corner.x, width), y = first(box.corner.y, height);
  return {x, y, std::max(0, first(box.opposite.x, width) - x),
          std::max(0, first(box.opposite.y, height) - y)};
}

void fill_mask(Instance& one, const Prototypes& masks, const PictureTensor& made_of) {
  const std::vector<float> plane = combined(masks, one.what.mask_shares);
  const Letterbox& placed = made_of.placed;
  const double to_column = static_cast<double>(masks.width) / made_of.width;
  const double to_row = static_cast<double>(masks.height) / made_of.height;
  for (int y = 0; y < one.place.height; ++y) {
    const double row =
        ((one.place.y + y + 0.5) * static_cast<double>(placed.scale_y) + placed.top) * to_row - 0.5;
    for (int x = 0; x < one.place.width; ++x) {
      const double column =
          ((one.place.x + x + 0.5) * static_cast<double>(placed.scale_x) + placed.left) *
              to_column -
          0.5;
      one.mask.push_back(sample(plane, masks, column, row) > 0 ? 1 : 0);
    }
  }
}

Point inside(Point point, int width, int height) {
  return {std::clamp(point.x, 0.0f, static_cast<float>(width)),
          std::clamp(point.y, 0.0f, static_cast<float>(height))};
}

}  // namespace

Expected<InstanceOptions> instance_options(const Task& task) {
  HONE_TRY(const Fields output, Fields::of(task.fields, "output"));
  InstanceOptions options;
  HONE_TRY(options.detect, detect_options(task));
  HONE_TRY(options.masks, output.text("map"));
  return options;
}

Expected<std::vector<Instance>> decode_instances(const Outputs& outputs, const Task& task,
                                                 const InstanceOptions& options,
                                                 const PictureTensor& made_of, int width,
                                                 int height) {
  HONE_TRY(const Prototypes masks, prototypes_of(outputs, options));
  DetectOptions detect = options.detect;
  detect.masks = static_cast<size_t>(masks.count);
  HONE_TRY(std::vector<Detection> found,
           decode_detections(outputs, detect, {made_of.width, made_of.height}));
  std::vector<Instance> made;
  for (Detection& one : suppress(std::move(found), detect.nms)) {
    Instance instance{.what = std::move(one)};
    Detection& what = instance.what;
    what.box = {inside(made_of.placed.to_original(what.box.corner), width, height),
                inside(made_of.placed.to_original(what.box.opposite), width, height)};
    instance.place = pixels_of(what.box, width, height);
    if (instance.place.width == 0 || instance.place.height == 0) continue;
    fill_mask(instance, masks, made_of);
    if (what.index < task.labels.size()) what.label = task.labels[what.index];
    made.push_back(std::move(instance));
    if (made.size() == detect.most) break;
  }
  return made;
}

Expected<std::vector<Instance>> find_instances(const TaskModel& model, const Task& task,
                                               const Image& image) {
  HONE_TRY(const InstanceOptions options, instance_options(task));
  if (model.inputs.size() != 1) {
    return fail(Code::invalid_argument, "a model that segments has one input, this one ",
                model.inputs.size());
  }
  HONE_TRY(const PictureTensor picture, picture_tensor(image, task.picture, model.input_type(0)));
  const RunValue input(picture.tensor);
  HONE_TRY(const Outputs outputs, model.run({&input, 1}));
  return decode_instances(outputs, task, options, picture, image.width, image.height);
}

void draw_instances(Image& image, std::span<const Instance> instances) {
  std::vector<float> mask(image.rgb.size() / 3);
  std::vector<Detection> found;
  for (size_t i = 0; i < instances.size(); ++i) {
    const Instance& one = instances[i];
    std::ranges::fill(mask, 0.0f);
    for (size_t p = 0; p < one.mask.size(); ++p) {
      const size_t row = p / static_cast<size_t>(one.place.width);
      const size_t column = p % static_cast<size_t>(one.place.width);
      const size_t y = static_cast<size_t>(one.place.y) + row;
      const size_t x = static_cast<size_t>(one.place.x) + column;
      mask[y * static_cast<size_t>(image.width) + x] = static_cast<float>(one.mask[p]);
    }
    blend_mask(image, mask, {.color = palette_color(i)});
    found.push_back(one.what);
  }
  draw_detections(image, found, Coloring::one_by_one);
}

GrayImage instance_picture(std::span<const Instance> instances, int width, int height) {
  GrayImage image{width, height, {}};
  image.levels.resize(static_cast<size_t>(width) * static_cast<size_t>(height));
  for (size_t i = std::min<size_t>(instances.size(), 255); i-- > 0;) {
    const Instance& one = instances[i];
    for (size_t p = 0; p < one.mask.size(); ++p) {
      if (one.mask[p] == 0) continue;
      const size_t row = p / static_cast<size_t>(one.place.width);
      const size_t column = p % static_cast<size_t>(one.place.width);
      const size_t y = static_cast<size_t>(one.place.y) + row;
      image.levels[y * static_cast<size_t>(width) + static_cast<size_t>(one.place.x) + column] =
          static_cast<uint8_t>(i + 1);
    }
  }
  return image;
}

}  // namespace hone
