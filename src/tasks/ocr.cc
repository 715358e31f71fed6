#include "tasks/ocr.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "media/draw.h"
#include "tasks/ctc.h"
#include "tasks/fields.h"
#include "tasks/picture_input.h"

namespace hone {
namespace {

constexpr size_t kBatch = 6;
constexpr int kMaxSide = 2000;  // of a picture that is searched; larger ones shrink
constexpr int kMinHeight = 30;  // flatter pictures get a border, so that the detector sees a line
constexpr int kMaxFlatness = 8;

Expected<TextBoxOptions> text_box_options(const Task& task) {
  HONE_TRY(const Fields output, Fields::of(task.fields, "output"));
  TextBoxOptions options;
  HONE_TRY(options.threshold, output.number("threshold", 0.3, 0, 1));
  HONE_TRY(options.box_threshold, output.number("box_threshold", 0.5, 0, 1));
  HONE_TRY(options.unclip_ratio, output.number("unclip_ratio", 1.6, 0, 10));
  HONE_TRY(options.min_size, output.number("min_size", 3, 0, 1000));
  HONE_TRY(const int most, output.integer("max_boxes", 1000, 1, 100000));
  options.most = static_cast<size_t>(most);
  HONE_TRY(const Fields::Flag dilate, output.flag("dilate", Fields::Flag::no));
  if (dilate == Fields::Flag::yes) options.dilate = TextBoxOptions::Dilate::yes;
  return options;
}

// The output that the task names by `role`, or the first.
Expected<Tensor> output_for(const TaskPart& part, std::string_view role, Tensor input) {
  if (part.model.inputs.size() != 1) {
    return fail(Code::invalid_argument, "a model that reads pictures has one input, this one ",
                part.model.inputs.size());
  }
  const RunValue value(std::move(input));
  HONE_TRY(Outputs outputs, part.model.run({&value, 1}));
  HONE_TRY(const Fields fields, Fields::of(part.task.fields, "output"));
  HONE_TRY(const std::string name, fields.text(role));
  if (outputs.tensors.empty()) return fail(Code::invalid_argument, "the model has no output");
  if (name.empty()) return std::move(outputs.tensors[0]);
  for (size_t i = 0; i < outputs.tensors.size(); ++i) {
    if (outputs.names[i] == name) return std::move(outputs.tensors[i]);
  }
  return fail(Code::invalid_argument, "the model has no output '", printable(name), "'; it has ",
              printable(join(outputs.names, ", ")));
}

// The picture as the detector gets it: not too large, not too flat.
struct Prepared {
  Image image;
  float scale = 1;
  int border = 0;  // above and below

  Point to_original(Point p) const {
    return {p.x / scale, (p.y - static_cast<float>(border)) / scale};
  }
};

Expected<Prepared> prepare(const Image& image) {
  Prepared made{image};
  const int longer = std::max(image.width, image.height);
  if (longer > kMaxSide) {
    made.scale = static_cast<float>(kMaxSide) / static_cast<float>(longer);
    const auto scaled = [&](int side) {
      return std::max(1, static_cast<int>(std::lround(static_cast<float>(side) * made.scale)));
    };
    HONE_TRY(made.image,
             resize(image, scaled(image.width), scaled(image.height), Filter::opencv_bilinear));
  }
  const int width = made.image.width, height = made.image.height;
  if (height > kMinHeight && width <= kMaxFlatness * height) return made;
  made.border = std::max(std::max(width / kMaxFlatness, kMinHeight) * 2 - height, 0) / 2;
  const uint8_t* corner = made.image.pixel(0, 0);
  const Rect whole{0, -made.border, width, height + 2 * made.border};
  HONE_TRY(made.image, crop(made.image, whole, {corner[0], corner[1], corner[2]}));
  return made;
}

// Boxes in `image`; whole pixels, as the recognizer was trained with.
Expected<std::vector<TextBox>> find_lines(const TaskPart& detect, const Image& image) {
  HONE_TRY(const TextBoxOptions options, text_box_options(detect.task));
  HONE_TRY(PictureTensor picture,
           picture_tensor(image, detect.task.picture, detect.model.input_type(0)));
  HONE_TRY(const Tensor output, output_for(detect, "map", std::move(picture.tensor)));
  HONE_TRY(const Rows map, rows_of(output));
  const size_t size = static_cast<size_t>(picture.width) * static_cast<size_t>(picture.height);
  if (map.values.size() != size) {
    return fail(Code::invalid_argument, "the model's map of ", map.values.size(),
                " pixels is not as large as its input, ", picture.width, " x ", picture.height);
  }
  std::vector<TextBox> boxes = find_text_boxes(map.values, picture.width, picture.height, options);
  const auto pixel = [](float v, int side) {
    return std::clamp(std::nearbyint(v), 0.0f, static_cast<float>(side - 1));
  };
  for (TextBox& box : boxes) {
    for (Point& p : box.quad) {
      p = picture.placed.to_original(p);
      p = {pixel(p.x, image.width), pixel(p.y, image.height)};
    }
  }
  std::erase_if(boxes, [](const TextBox& box) {
    const QuadSides sides = sides_of(box.quad);
    return sides.width < 4 || sides.height < 4;
  });
  return boxes;
}

// A line cut out and laid flat, and the direction in which the cut is read.
struct CutLine {
  Image image;
  Point direction;
};

Point direction_of(Point from, Point to) {
  const float x = to.x - from.x, y = to.y - from.y, length = std::hypot(x, y);
  return length > 0 ? Point{x / length, y / length} : Point{1, 0};
}

// What stands upright is turned to the left, so that its right side is read, downward.
Expected<CutLine> cut_out(const Image& image, const Quad& quad) {
  const auto longer = [&](size_t a, size_t b, size_t c, size_t d) {
    const float one = std::hypot(quad[a].x - quad[b].x, quad[a].y - quad[b].y);
    const float other = std::hypot(quad[c].x - quad[d].x, quad[c].y - quad[d].y);
    return std::max(1, static_cast<int>(std::max(one, other)));
  };
  const int width = longer(0, 1, 2, 3), height = longer(0, 3, 1, 2);
  HONE_TRY(Image line, straighten(image, quad, width, height));
  if (2 * height < 3 * width) return CutLine{std::move(line), direction_of(quad[0], quad[1])};
  return CutLine{orient(std::move(line), Orientation::three_quarters),
                 direction_of(quad[1], quad[2])};
}

// Which of the lines are upside down; they are turned.
Expected<std::vector<char>> turn_upright(const TaskPart& direction, std::vector<Image>& lines) {
  HONE_TRY(const double threshold,
           Fields::whole(direction.task.fields).number("threshold", 0.9, 0, 1));
  const std::vector<std::string>& labels = direction.task.labels;
  std::vector<char> upside_down(lines.size());
  for (size_t first = 0; first < lines.size(); first += kBatch) {
    const size_t count = std::min(kBatch, lines.size() - first);
    HONE_TRY(Tensor input, picture_batch({&lines[first], count}, direction.task.picture));
    HONE_TRY(const Tensor output, output_for(direction, "scores", std::move(input)));
    HONE_TRY(const Rows scores, rows_of(output));
    if (scores.rows != static_cast<int64_t>(count)) {
      return fail(Code::invalid_argument, "the model gave ", scores.rows, " answers for ", count,
                  " lines");
    }
    for (size_t i = 0; i < count; ++i) {
      const std::span<const float> row = scores.row(static_cast<int64_t>(i));
      const size_t best = static_cast<size_t>(std::ranges::max_element(row) - row.begin());
      const bool turned = best < labels.size() ? labels[best].ends_with("180") : best == 1;
      if (!turned || !(row[best] > threshold)) continue;
      upside_down[first + i] = 1;
      lines[first + i] = orient(std::move(lines[first + i]), Orientation::half_turn);
    }
  }
  return upside_down;
}

// Indices of the lines, the narrowest first, so that those of a batch are alike.
std::vector<size_t> by_width(std::span<const Image> lines) {
  std::vector<size_t> order(lines.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(
      order, {}, [&](size_t i) { return static_cast<double>(lines[i].width) / lines[i].height; });
  return order;
}

Quad whole_of(const Image& image) {
  const float w = static_cast<float>(image.width), h = static_cast<float>(image.height);
  return {Point{0, 0}, Point{w, 0}, Point{w, h}, Point{0, h}};
}

}  // namespace

Expected<std::vector<TextLine>> read_lines(const TaskPart& recognize,
                                           std::span<const std::string> signs,
                                           std::span<const Image> lines) {
  HONE_TRY(const Fields output, Fields::of(recognize.task.fields, "output"));
  HONE_TRY(const int blank, output.integer("blank", 0, 0, 1 << 24));
  const std::vector<size_t> order = by_width(lines);
  std::vector<TextLine> read(lines.size());
  for (size_t first = 0; first < lines.size(); first += kBatch) {
    const size_t count = std::min(kBatch, lines.size() - first);
    std::vector<Image> batch;
    for (size_t i = 0; i < count; ++i) batch.push_back(lines[order[first + i]]);
    HONE_TRY(Tensor input, picture_batch(batch, recognize.task.picture));
    HONE_TRY(const Tensor scores, output_for(recognize, "scores", std::move(input)));
    HONE_TRY(const Rows rows, rows_of(scores));
    if (rows.columns != static_cast<int64_t>(signs.size()) ||
        rows.rows % static_cast<int64_t>(count) != 0) {
      return fail(Code::invalid_argument, "the model knows ", rows.columns,
                  " signs, but its task names ", signs.size());
    }
    const size_t step = rows.values.size() / count;
    for (size_t i = 0; i < count; ++i) {
      HONE_TRY(ReadText text,
               read_ctc({rows.values.data() + i * step, step}, signs, static_cast<size_t>(blank)));
      const size_t line = order[first + i];
      read[line] = {std::move(text.text), text.score, whole_of(lines[line])};
    }
  }
  return read;
}

Expected<std::vector<TextLine>> read_text(const OcrModels& models, const Image& image) {
  HONE_TRY(const Prepared prepared, prepare(image));
  HONE_TRY(const std::vector<TextBox> boxes, find_lines(models.detect, prepared.image));
  std::vector<Image> lines;
  std::vector<ReadingLine> places;
  for (const TextBox& box : boxes) {
    HONE_TRY(CutLine line, cut_out(prepared.image, box.quad));
    lines.push_back(std::move(line.image));
    places.push_back({box.quad, line.direction});
  }
  if (models.direction) {
    HONE_TRY(const std::vector<char> upside_down, turn_upright(*models.direction, lines));
    for (size_t i = 0; i < lines.size(); ++i) {
      Point& along = places[i].direction;
      if (upside_down[i] != 0) along = {-along.x, -along.y};
    }
  }
  HONE_TRY(std::vector<TextLine> read, read_lines(models.recognize, models.signs, lines));
  std::vector<TextLine> made;
  for (const size_t i : reading_order(places)) {
    for (size_t c = 0; c < 4; ++c) read[i].quad[c] = prepared.to_original(boxes[i].quad[c]);
    const bool sure = !read[i].text.empty() && read[i].score >= models.threshold;
    if (sure) made.push_back(std::move(read[i]));
  }
  return made;
}

Expected<std::vector<std::string>> signs_of(const Task& task, std::string_view lines) {
  HONE_TRY(const Fields characters, Fields::of(task.fields, "characters"));
  HONE_TRY(const int first, characters.integer("first", 0, 0, 1000));
  HONE_TRY(const std::vector<std::string> appended, characters.texts("append"));
  std::vector<std::string> signs(static_cast<size_t>(first));
  if (lines.ends_with('\n')) lines.remove_suffix(1);
  for (std::string_view line : split(lines, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    signs.emplace_back(line);
  }
  signs.insert(signs.end(), appended.begin(), appended.end());
  return signs;
}

void draw_text_lines(Image& image, std::span<const TextLine> lines) {
  for (size_t i = 0; i < lines.size(); ++i) {
    draw_polygon(image, lines[i].quad, {palette_color(i)});
  }
  std::vector<LabeledBox> numbers;
  for (size_t i = 0; i < lines.size(); ++i) {
    LabeledBox box{lines[i].quad[0], lines[i].quad[0], cat(i + 1), palette_color(i)};
    for (const Point& p : lines[i].quad) {
      box.corner = {std::min(box.corner.x, p.x), std::min(box.corner.y, p.y)};
      box.opposite = {std::max(box.opposite.x, p.x), std::max(box.opposite.y, p.y)};
    }
    numbers.push_back(std::move(box));
  }
  draw_box_labels(image, numbers);
}

}  // namespace hone
