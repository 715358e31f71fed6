#include "tasks/segment.h"

#include <algorithm>
#include <cmath>

#include "media/draw.h"
#include "tasks/fields.h"

namespace hone {
namespace {

using SegmentDecode = SegmentOptions::Decode;

constexpr int64_t kMaxClasses = 1 << 15;
constexpr double kLeastNamed = 0.005;  // of the picture: smaller segments get no label

// A map as rows of pixels with their channels.
struct Grid {
  int64_t width = 0, height = 0, channels = 0;
  std::vector<float> values;

  const float* row(int64_t y) const { return values.data() + y * width * channels; }
};

// Sizes without the batch, from the right: of [1, rows, columns] and [rows, columns] alike.
std::vector<int64_t> inner_sizes(const Tensor& tensor) {
  std::vector<int64_t> sizes;
  for (const int64_t size : tensor.dims().sizes()) {
    const bool is_batch = sizes.empty() && size == 1;
    if (!is_batch) sizes.push_back(size);
  }
  return sizes;
}

std::unexpected<Error> misshapen(const Tensor& tensor, std::string_view wanted) {
  return fail(Code::invalid_argument, "the model's output ", to_text(tensor.dims().shape(), {}),
              " is not ", wanted);
}

enum class Channels : uint8_t { first, last };
Channels channels_of(const std::vector<int64_t>& sizes, size_t classes) {
  const auto known = static_cast<int64_t>(classes);
  if (known > 0 && sizes[2] == known && sizes[0] != known) return Channels::last;
  if (known > 0 && sizes[0] == known && sizes[2] != known) return Channels::first;
  return sizes[2] < sizes[0] ? Channels::last : Channels::first;
}

Expected<Grid> grid_of(const Tensor& tensor, const SegmentOptions& options) {
  std::vector<int64_t> sizes = inner_sizes(tensor);
  if (sizes.size() == 2) sizes.push_back(1);
  if (sizes.size() != 3) return misshapen(tensor, "a map of a picture's pixels");
  HONE_TRY(Rows rows, rows_of(tensor));
  Grid grid;
  if (channels_of(sizes, options.class_count) == Channels::last) {
    grid = {sizes[1], sizes[0], sizes[2], std::move(rows.values)};
  } else {
    grid = {sizes[2], sizes[1], sizes[0], std::vector<float>(rows.values.size())};
    const int64_t pixels = grid.width * grid.height;
    for (int64_t c = 0; c < grid.channels; ++c) {
      for (int64_t p = 0; p < pixels; ++p) {
        grid.values[static_cast<size_t>(p * grid.channels + c)] =
            rows.values[static_cast<size_t>(c * pixels + p)];
      }
    }
  }
  if (grid.channels > kMaxClasses) return misshapen(tensor, "a map of so many classes");
  const auto classes = static_cast<size_t>(grid.channels);
  if (options.class_count > 0 && classes != options.class_count) {
    return fail(Code::invalid_argument, "the model tells ", classes,
                " classes apart, and there are ", options.class_count, " labels");
  }
  if (options.decode != SegmentDecode::scores && grid.channels != 1) {
    return misshapen(tensor, "one number a pixel");
  }
  return grid;
}

// Where the centers of a picture's pixels lie along one axis of the map.
struct Tap {
  int64_t low = 0, high = 0, nearest = 0;
  float share = 0;  // of high
};
std::vector<Tap> taps(int pixels, float scale, int offset, int input, int64_t cells) {
  std::vector<Tap> made;
  const double ratio = static_cast<double>(cells) / input;
  const auto clamped = [&](double at) {
    return std::clamp<int64_t>(static_cast<int64_t>(std::floor(at)), 0, cells - 1);
  };
  for (int i = 0; i < pixels; ++i) {
    const double at = ((i + 0.5) * static_cast<double>(scale) + offset) * ratio;
    const int64_t low = clamped(at - 0.5);
    const double share = std::clamp(at - 0.5 - static_cast<double>(low), 0.0, 1.0);
    made.push_back({low, std::min(low + 1, cells - 1), clamped(at), static_cast<float>(share)});
  }
  return made;
}

uint16_t best_of(const float* scores, int64_t count) {
  return static_cast<uint16_t>(std::max_element(scores, scores + count) - scores);
}

float probability(float value, const SegmentOptions& options) {
  if (options.activation == SegmentOptions::Activation::none) return value;
  return 1 / (1 + std::exp(-std::clamp(value, -100.0f, 100.0f)));
}

void fill_nearest(const Grid& grid, const std::vector<Tap>& across, const std::vector<Tap>& down,
                  std::vector<uint16_t>& classes) {
  for (const Tap& y : down) {
    for (const Tap& x : across) {
      const float value = grid.row(y.nearest)[x.nearest];
      const bool sound = value >= 0 && value < static_cast<float>(kMaxClasses);
      classes.push_back(sound ? static_cast<uint16_t>(value) : uint16_t{0});
    }
  }
}

void fill_smooth(const Grid& grid, const SegmentOptions& options, const std::vector<Tap>& across,
                 const std::vector<Tap>& down, std::vector<uint16_t>& classes) {
  const int64_t channels = grid.channels;
  std::vector<float> row(static_cast<size_t>(grid.width * channels)),
      pixel(static_cast<size_t>(channels));
  for (const Tap& y : down) {
    const float *above = grid.row(y.low), *below = grid.row(y.high);
    for (size_t i = 0; i < row.size(); ++i) row[i] = above[i] + (below[i] - above[i]) * y.share;
    for (const Tap& x : across) {
      const float *left = row.data() + x.low * channels, *right = row.data() + x.high * channels;
      for (int64_t c = 0; c < channels; ++c) {
        pixel[static_cast<size_t>(c)] = left[c] + (right[c] - left[c]) * x.share;
      }
      const bool is_mask = options.decode == SegmentDecode::mask;
      classes.push_back(is_mask ? pixel[0] >= static_cast<float>(options.threshold)
                                : best_of(pixel.data(), channels));
    }
  }
}

std::vector<Segment> count_segments(const std::vector<uint16_t>& classes) {
  std::vector<int64_t> counts(kMaxClasses);
  for (const uint16_t one : classes) ++counts[one];
  std::vector<Segment> segments;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    segments.push_back(
        {i, {}, static_cast<double>(counts[i]) / static_cast<double>(classes.size())});
  }
  std::ranges::stable_sort(segments, std::ranges::greater{}, &Segment::share);
  return segments;
}

// A pixel of the class, near the middle of all of them.
Point middle_of(const Segmentation& made, size_t index) {
  double x = 0, y = 0, count = 0;
  const auto each = [&](auto visit) {
    for (size_t i = 0; i < made.classes.size(); ++i) {
      const size_t width = static_cast<size_t>(made.width);
      if (made.classes[i] == index) {
        visit(static_cast<double>(i % width), static_cast<double>(i / width));
      }
    }
  };
  each([&](double px, double py) { x += px, y += py, count += 1; });
  x /= count;
  y /= count;
  Point nearest;
  double least = 1e300;
  each([&](double px, double py) {
    const double distance = (px - x) * (px - x) + (py - y) * (py - y);
    if (distance >= least) return;
    least = distance;
    nearest = {static_cast<float>(px), static_cast<float>(py)};
  });
  return nearest;
}

}  // namespace

Expected<SegmentOptions> segment_options(const Task& task) {
  HONE_TRY(const Fields output, Fields::of(task.fields, "output"));
  SegmentOptions options;
  HONE_TRY(const std::string decode, output.text("decode", "scores"));
  if (decode == "classes") {
    options.decode = SegmentDecode::classes;
  } else if (decode == "mask") {
    options.decode = SegmentDecode::mask;
  } else if (decode != "scores") {
    return output.wrong("decode", "scores, classes or mask");
  }
  HONE_TRY(const std::string activation, output.text("activation", "none"));
  if (activation == "sigmoid") options.activation = SegmentOptions::Activation::sigmoid;
  HONE_TRY(options.map, output.text("map"));
  HONE_TRY(options.threshold, Fields::whole(task.fields).number("threshold", 0.5, 0, 1));
  HONE_TRY(const int background, output.integer("background", 0, 0, kMaxClasses));
  options.background = static_cast<size_t>(background);
  options.class_count = options.decode == SegmentDecode::scores ? task.labels.size() : 0;
  return options;
}

Expected<Segmentation> decode_segments(const Outputs& outputs, const SegmentOptions& options,
                                       const PictureTensor& made_of, int width, int height) {
  const Tensor* map = options.map.empty()
                          ? (outputs.tensors.empty() ? nullptr : &outputs.tensors[0])
                          : outputs.find(options.map);
  if (map == nullptr) {
    return fail(Code::invalid_argument, "the model has no output '", printable(options.map),
                "'; it has ", printable(join(outputs.names, ", ")));
  }
  HONE_TRY(Grid grid, grid_of(*map, options));
  if (options.decode == SegmentDecode::mask) {
    for (float& value : grid.values) value = probability(value, options);
  }
  Segmentation made{.width = width, .height = height};
  made.classes.reserve(static_cast<size_t>(width) * static_cast<size_t>(height));
  const Letterbox& placed = made_of.placed;
  const auto across = taps(width, placed.scale_x, placed.left, made_of.width, grid.width);
  const auto down = taps(height, placed.scale_y, placed.top, made_of.height, grid.height);
  if (options.decode == SegmentDecode::classes) {
    fill_nearest(grid, across, down, made.classes);
  } else {
    fill_smooth(grid, options, across, down, made.classes);
  }
  made.segments = count_segments(made.classes);
  return made;
}

Expected<Segmentation> segment(const TaskModel& model, const Task& task, const Image& image) {
  HONE_TRY(const SegmentOptions options, segment_options(task));
  if (model.inputs.size() != 1) {
    return fail(Code::invalid_argument, "a model that segments has one input, this one ",
                model.inputs.size());
  }
  HONE_TRY(const PictureTensor picture, picture_tensor(image, task.picture, model.input_type(0)));
  const RunValue input(picture.tensor);
  HONE_TRY(const Outputs outputs, model.run({&input, 1}));
  HONE_TRY(Segmentation made,
           decode_segments(outputs, options, picture, image.width, image.height));
  for (Segment& one : made.segments) {
    if (one.index < task.labels.size()) one.label = task.labels[one.index];
  }
  return made;
}

void draw_segments(Image& image, const Segmentation& made, size_t background) {
  std::vector<float> mask(made.classes.size());
  for (const Segment& one : made.segments) {
    if (one.index == background) continue;
    for (size_t i = 0; i < mask.size(); ++i) mask[i] = made.classes[i] == one.index ? 1 : 0;
    blend_mask(image, mask, {.color = palette_color(one.index)});
  }
  for (const Segment& one : made.segments) {
    if (one.index == background || one.share < kLeastNamed) continue;
    const std::string name = one.label.empty() ? cat("class ", one.index) : one.label;
    draw_label(image, middle_of(made, one.index), name, palette_color(one.index));
  }
}

GrayImage class_picture(const Segmentation& made) {
  GrayImage image{made.width, made.height, {}};
  for (const uint16_t one : made.classes) {
    image.levels.push_back(static_cast<uint8_t>(std::min<int>(one, 255)));
  }
  return image;
}

}  // namespace hone
