// Decoders of detectors' outputs.
#include <algorithm>
#include <cmath>

#include "tasks/detect.h"

namespace hone {
namespace {

using Detections = std::vector<Detection>;

// More than this many boxes above the threshold are noise, and would make merging slow.
constexpr size_t kMaxCandidates = 30000;

float sigmoid(float x) { return 1 / (1 + std::exp(-std::clamp(x, -100.0f, 100.0f))); }

bool is_sound(const Detection& one) {
  const auto fits = [](const Point& p) { return std::abs(p.x) < 1e7f && std::abs(p.y) < 1e7f; };
  return fits(one.box.corner) && fits(one.box.opposite) && std::ranges::all_of(one.points, fits);
}

void keep(Detections& found, Detection one) {
  if (is_sound(one) && found.size() < kMaxCandidates) found.push_back(std::move(one));
}

Box around(float x, float y, float width, float height) {
  return {{x - width / 2, y - height / 2}, {x + width / 2, y + height / 2}};
}

// The least and the largest score, of numbers that are none nothing.
struct ScoreRange {
  float least = 0, most = 1;

  void add(float score) {
    if (!std::isfinite(score)) return;
    least = std::min(least, score);
    most = std::max(most, score);
  }
};

// Of scores as the model says them: a sigmoid keeps their order.
struct BestClass {
  size_t index = 0;
  float score = 0;
};
BestClass best_of(std::span<const float> scores, ScoreRange& range) {
  BestClass best{0, scores[0]};
  for (size_t i = 0; i < scores.size(); ++i) {
    range.add(scores[i]);
    if (scores[i] > best.score || std::isnan(best.score)) best = {i, scores[i]};
  }
  return best;
}

float probability(float score, const DetectOptions& options) {
  return options.activation == DetectOptions::Activation::sigmoid ? sigmoid(score) : score;
}

// Against what is no probability a threshold says nothing: the decoder or the activation is wrong.
Status check_scores(const ScoreRange& range, const Outputs& outputs, const Tensor* tensor,
                    const DetectOptions& options) {
  constexpr float kSlack = 0.02f;  // codes and sums may be a little beyond
  const bool fits = range.least >= -kSlack && range.most <= 1 + kSlack;
  if (fits || options.activation == DetectOptions::Activation::sigmoid) return {};
  const auto place = static_cast<size_t>(tensor - outputs.tensors.data());
  return fail(Code::invalid_argument, "the scores in the model's output '",
              printable(place < outputs.names.size() ? outputs.names[place] : ""), "' are from ",
              range.least, " to ", range.most,
              ", which are no probabilities: a task file may say \"activation\": \"sigmoid\", or "
              "another \"decode\", in its \"output\" (docs/tasks.md)");
}

Expected<const Tensor*> output_at(const Outputs& outputs, const std::vector<std::string>& names,
                                  size_t index, size_t usual) {
  if (!names.empty()) {
    if (index < names.size()) {
      if (const Tensor* tensor = outputs.find(names[index])) return tensor;
      return fail(Code::invalid_argument, "the model has no output '", printable(names[index]),
                  "', which the task names; it has ", printable(join(outputs.names, ", ")));
    }
  } else if (usual < outputs.tensors.size()) {
    return &outputs.tensors[usual];
  }
  return fail(Code::invalid_argument, "the model has ", outputs.tensors.size(),
              " outputs, too few for the task's decoder");
}

std::unexpected<Error> misshapen(const Rows& rows, std::string_view wanted) {
  return fail(Code::invalid_argument, "the model's output of ", rows.rows, " rows of ",
              rows.columns, " numbers is not ", wanted);
}

// A row a box, whichever way they lie: a model has more boxes than numbers a box.
Rows transposed(const Rows& rows) {
  Rows made{std::vector<float>(rows.values.size()), rows.columns, rows.rows};
  for (int64_t r = 0; r < rows.rows; ++r) {
    for (int64_t c = 0; c < rows.columns; ++c) {
      made.values[static_cast<size_t>(c * rows.rows + r)] =
          rows.values[static_cast<size_t>(r * rows.columns + c)];
    }
  }
  return made;
}

struct Unit {
  float x = 1;
  float y = 1;
};
Unit unit_of(const DetectOptions& options, InputSize input) {
  if (options.units == DetectOptions::Units::pixels) return {};
  return {static_cast<float>(input.width), static_cast<float>(input.height)};
}

// What a head of YOLO's gives, usually.
struct Head {
  size_t numbers;        // of a box, before those of its classes
  int64_t boxes_a_cell;  // of the grids
  enum class Box : uint8_t { row, column } box;
};

// Cells of the grids of a picture.
int64_t cells_of(InputSize input) {
  int64_t cells = 0;
  for (const int stride : {8, 16, 32}) {
    cells += int64_t{input.width / stride} * (input.height / stride);
  }
  return cells;
}

// By the numbers that a box has (0: not known) or by how many boxes there are, if one of the two
// fits one way only; else there are more boxes than numbers.
bool boxes_are_columns(const Rows& rows, int64_t numbers, int64_t boxes, Head::Box usual) {
  const bool as_rows = rows.columns == numbers, as_columns = rows.rows == numbers;
  if (as_rows != as_columns) return as_columns;
  const bool many_rows = rows.rows == boxes, many_columns = rows.columns == boxes;
  if (many_rows != many_columns) return many_columns;
  if (rows.rows == rows.columns) return usual == Head::Box::column;
  return rows.columns > rows.rows;
}

// How many classes a row has behind the head's numbers; turns the rows if need be.
Expected<size_t> arrange(Rows& rows, const Head& made_by, const DetectOptions& options,
                         InputSize input) {
  const size_t head = made_by.numbers;
  const size_t behind = options.keypoints * options.coordinates + options.masks;
  const size_t wanted = options.class_count > 0 ? head + options.class_count + behind : 0;
  if (boxes_are_columns(rows, static_cast<int64_t>(wanted), made_by.boxes_a_cell * cells_of(input),
                        made_by.box)) {
    rows = transposed(rows);
  }
  if (rows.columns <= static_cast<int64_t>(head + behind)) {
    return misshapen(rows, cat(head + behind, " numbers of a box and a score for each class"));
  }
  const size_t classes = static_cast<size_t>(rows.columns) - head - behind;
  if (options.class_count == 0 || classes == options.class_count) return classes;
  return fail(Code::invalid_argument, "the model's output of ", rows.rows, " boxes has ", classes,
              " classes, and there are ", options.class_count, " labels");
}

// Refuses boxes that are as many as another head of YOLO's has: every cell of the grids times that
// head's boxes a cell.
Status check_head(const Rows& rows, InputSize input, int64_t others_a_cell,
                  std::string_view other) {
  const int64_t cells = cells_of(input);
  if (rows.rows != others_a_cell * cells || cells == 0) return {};
  return misshapen(rows,
                   cat("the head that the task's \"decode\" says: so many boxes has ", other));
}

// Masks and points, which end a row, from its number `first` on.
void add_points(std::span<const float> row, size_t first, const DetectOptions& options, Unit unit,
                Detection& one) {
  const std::span<const float> shares = row.last(options.masks);
  one.mask_shares.assign(shares.begin(), shares.end());
  for (size_t i = 0; i < options.keypoints; ++i) {
    const std::span<const float> point = row.subspan(first + i * options.coordinates);
    one.points.push_back({point[0] * unit.x, point[1] * unit.y});
    one.point_scores.push_back(options.coordinates > 2 ? point[2] : 1);
  }
}

Expected<Detections> decode_yolov8(const Outputs& outputs, const DetectOptions& options,
                                   InputSize input) {
  HONE_TRY(const Tensor* tensor, output_at(outputs, options.boxes, 0, 0));
  HONE_TRY(Rows rows, rows_of(*tensor));
  HONE_TRY(const size_t classes, arrange(rows, {4, 1, Head::Box::column}, options, input));
  HONE_RETURN_IF_ERROR(check_head(rows, input, 3, "yolov5"));
  const Unit unit = unit_of(options, input);
  Detections found;
  ScoreRange range;
  for (int64_t r = 0; r < rows.rows; ++r) {
    const std::span<const float> row = rows.row(r);
    const BestClass best = best_of(row.subspan(4, classes), range);
    const float score = probability(best.score, options);
    if (!(score >= options.threshold)) continue;
    Detection one{.index = best.index, .score = score};
    one.box = around(row[0] * unit.x, row[1] * unit.y, row[2] * unit.x, row[3] * unit.y);
    add_points(row, 4 + classes, options, unit, one);
    keep(found, std::move(one));
  }
  HONE_RETURN_IF_ERROR(check_scores(range, outputs, tensor, options));
  return found;
}

// Rows of two corners, score and class of boxes that the model has merged already.
Expected<Detections> decode_end_to_end(const Outputs& outputs, const DetectOptions& options,
                                       InputSize input) {
  HONE_TRY(const Tensor* tensor, output_at(outputs, options.boxes, 0, 0));
  HONE_TRY(const Rows rows, rows_of(*tensor));
  const size_t columns = 6 + options.keypoints * options.coordinates + options.masks;
  if (rows.columns != static_cast<int64_t>(columns)) {
    return misshapen(rows, cat("the ", columns, " of a box, its score and its class",
                               columns > 6 ? " and its points or masks" : ""));
  }
  const Unit unit = unit_of(options, input);
  Detections found;
  ScoreRange range;
  for (int64_t r = 0; r < rows.rows; ++r) {
    const std::span<const float> row = rows.row(r);
    range.add(row[4]);
    const float score = probability(row[4], options);
    if (!(score >= options.threshold) || !(row[5] >= 0 && row[5] < 1e6f)) continue;
    Detection one{.index = static_cast<size_t>(row[5]), .score = score};
    one.box = {{row[0] * unit.x, row[1] * unit.y}, {row[2] * unit.x, row[3] * unit.y}};
    add_points(row, 6, options, unit, one);
    keep(found, std::move(one));
  }
  HONE_RETURN_IF_ERROR(check_scores(range, outputs, tensor, options));
  return found;
}

// Rows of center, size, objectness and classes; `place` turns the first four into a box.
template <class Place>
Expected<Detections> decode_objects(const Outputs& outputs, const Tensor* tensor, const Rows& rows,
                                    size_t classes, const DetectOptions& options, Place place) {
  Detections found;
  ScoreRange range;
  for (int64_t r = 0; r < rows.rows; ++r) {
    const std::span<const float> row = rows.row(r);
    const BestClass best = best_of(row.subspan(5, classes), range);
    range.add(row[4]);
    const float score = probability(best.score, options) * probability(row[4], options);
    if (!(score >= options.threshold)) continue;
    Detection one{.index = best.index, .score = score, .box = place(row, r)};
    add_points(row, 5 + classes, options, {}, one);
    keep(found, std::move(one));
  }
  HONE_RETURN_IF_ERROR(check_scores(range, outputs, tensor, options));
  return found;
}

Expected<Detections> decode_yolov5(const Outputs& outputs, const DetectOptions& options,
                                   InputSize input) {
  HONE_TRY(const Tensor* tensor, output_at(outputs, options.boxes, 0, 0));
  HONE_TRY(Rows rows, rows_of(*tensor));
  HONE_TRY(const size_t classes, arrange(rows, {5, 3, Head::Box::row}, options, input));
  HONE_RETURN_IF_ERROR(check_head(rows, input, 1, "yolov8 or yolox"));
  const Unit unit = unit_of(options, input);
  const auto place = [&](std::span<const float> row, int64_t) {
    return around(row[0] * unit.x, row[1] * unit.y, row[2] * unit.x, row[3] * unit.y);
  };
  return decode_objects(outputs, tensor, rows, classes, options, place);
}

struct Cell {
  float x = 0, y = 0;  // in cells
  float stride = 0;
};

// Cells of all grids, row by row, each `repeat` times.
void add_grid(std::vector<Cell>& cells, InputSize input, int stride, int repeat) {
  const int width = (input.width + stride - 1) / stride;
  const int height = (input.height + stride - 1) / stride;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const Cell cell{static_cast<float>(x), static_cast<float>(y), static_cast<float>(stride)};
      cells.insert(cells.end(), static_cast<size_t>(repeat), cell);
    }
  }
}

Expected<Detections> decode_yolox(const Outputs& outputs, const DetectOptions& options,
                                  InputSize input) {
  HONE_TRY(const Tensor* tensor, output_at(outputs, options.boxes, 0, 0));
  HONE_TRY(Rows rows, rows_of(*tensor));
  HONE_TRY(const size_t classes, arrange(rows, {5, 1, Head::Box::row}, options, input));
  std::vector<Cell> cells;
  for (const int stride : options.strides) add_grid(cells, input, stride, 1);
  if (rows.rows != static_cast<int64_t>(cells.size())) {
    return misshapen(rows, cat("what the grids of the task have, ", cells.size(), " boxes"));
  }
  const auto place = [&](std::span<const float> row, int64_t r) {
    const Cell& cell = cells[static_cast<size_t>(r)];
    return around((row[0] + cell.x) * cell.stride, (row[1] + cell.y) * cell.stride,
                  std::exp(row[2]) * cell.stride, std::exp(row[3]) * cell.stride);
  };
  return decode_objects(outputs, tensor, rows, classes, options, place);
}

Expected<Detections> decode_ssd(const Outputs& outputs, const DetectOptions& options,
                                InputSize input) {
  HONE_TRY(const Tensor* boxes_tensor, output_at(outputs, options.boxes, 0, 0));
  HONE_TRY(const Tensor* classes_tensor, output_at(outputs, options.classes, 0, 1));
  HONE_TRY(const Tensor* scores_tensor, output_at(outputs, options.scores, 0, 2));
  HONE_TRY(const Rows boxes, rows_of(*boxes_tensor));
  HONE_TRY(const Rows classes, rows_of(*classes_tensor));
  HONE_TRY(const Rows scores, rows_of(*scores_tensor));
  if (boxes.columns != 4) return misshapen(boxes, "4 corners of a box");
  const size_t count =
      std::min({static_cast<size_t>(boxes.rows), classes.values.size(), scores.values.size()});
  const float width = static_cast<float>(input.width), height = static_cast<float>(input.height);
  Detections found;
  ScoreRange range;
  for (size_t i = 0; i < count; ++i) {
    const float label = classes.values[i];
    range.add(scores.values[i]);
    const float score = probability(scores.values[i], options);
    if (!(score >= options.threshold) || !(label >= 0 && label < 1e6f)) continue;
    const std::span<const float> box = boxes.row(static_cast<int64_t>(i));  // y, x, y, x
    keep(found, {static_cast<size_t>(label),
                 {},
                 score,
                 {{box[1] * width, box[0] * height}, {box[3] * width, box[2] * height}},
                 {}});
  }
  HONE_RETURN_IF_ERROR(check_scores(range, outputs, scores_tensor, options));
  return found;
}

// The rows of several outputs below each other.
Expected<Rows> joined(const Outputs& outputs, const std::vector<std::string>& names, size_t usual) {
  Rows all;
  for (size_t i = 0; i < std::max<size_t>(names.size(), 1); ++i) {
    HONE_TRY(const Tensor* tensor, output_at(outputs, names, i, usual));
    HONE_TRY(const Rows rows, rows_of(*tensor));
    if (i > 0 && rows.columns != all.columns) return misshapen(rows, "as wide as the others");
    all.columns = rows.columns;
    all.rows += rows.rows;
    all.values.insert(all.values.end(), rows.values.begin(), rows.values.end());
  }
  return all;
}

// As MediaPipe's SsdAnchorsCalculator with a fixed anchor size: grids of one stride that follow
// each other are one grid with more anchors a cell.
std::vector<Cell> anchor_cells(const DetectOptions& options, InputSize input) {
  std::vector<Cell> cells;
  for (size_t i = 0; i < options.strides.size();) {
    size_t next = i;
    while (next < options.strides.size() && options.strides[next] == options.strides[i]) ++next;
    add_grid(cells, input, options.strides[i],
             options.anchors_per_stride * static_cast<int>(next - i));
    i = next;
  }
  return cells;
}

Expected<Detections> decode_anchors(const Outputs& outputs, const DetectOptions& options,
                                    InputSize input) {
  HONE_TRY(const Rows boxes, joined(outputs, options.boxes, 0));
  HONE_TRY(const Rows scores, joined(outputs, options.scores, 1));
  const std::vector<Cell> cells = anchor_cells(options, input);
  if (boxes.rows != static_cast<int64_t>(cells.size()) || scores.rows != boxes.rows) {
    return misshapen(boxes, cat("what the anchors of the task have, ", cells.size(), " boxes"));
  }
  const size_t columns = 4 + 2 * options.keypoints;
  if (static_cast<size_t>(boxes.columns) < columns) {
    return misshapen(boxes, cat(columns, " numbers of a box and its points"));
  }
  const float offset = static_cast<float>(options.anchor_offset);
  Detections found;
  ScoreRange range;
  for (int64_t r = 0; r < boxes.rows; ++r) {
    BestClass best = best_of(scores.row(r), range);
    best.score = probability(best.score, options);
    if (!(best.score >= options.threshold)) continue;
    const std::span<const float> row = boxes.row(r);
    const Cell& cell = cells[static_cast<size_t>(r)];
    const float x = (cell.x + offset) * cell.stride, y = (cell.y + offset) * cell.stride;
    Detection one{best.index, {}, best.score, around(x + row[0], y + row[1], row[2], row[3]), {}};
    for (size_t p = 0; p < options.keypoints; ++p) {
      one.points.push_back({x + row[4 + 2 * p], y + row[5 + 2 * p]});
    }
    keep(found, std::move(one));
  }
  HONE_TRY(const Tensor* tensor, output_at(outputs, options.scores, 0, 1));
  HONE_RETURN_IF_ERROR(check_scores(range, outputs, tensor, options));
  return found;
}

// The mean of 0, 1, 2... under softmax.
float expected_distance(std::span<const float> logits) {
  const float most = *std::ranges::max_element(logits);
  float sum = 0, weighted = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    const float e = std::exp(logits[i] - most);
    sum += e;
    weighted += e * static_cast<float>(i);
  }
  return weighted / sum;
}

Status decode_picodet_grid(const Rows& scores, const Rows& boxes, const std::vector<Cell>& cells,
                           const DetectOptions& options, ScoreRange& range, Detections& found) {
  if (scores.rows != static_cast<int64_t>(cells.size()) || boxes.rows != scores.rows ||
      boxes.columns % 4 != 0) {
    return misshapen(boxes, cat("what a grid of the task has, ", cells.size(), " boxes"));
  }
  const size_t bins = static_cast<size_t>(boxes.columns) / 4;
  for (int64_t r = 0; r < scores.rows; ++r) {
    BestClass best = best_of(scores.row(r), range);
    best.score = probability(best.score, options);
    if (!(best.score >= options.threshold)) continue;
    const Cell& cell = cells[static_cast<size_t>(r)];
    float side[4];
    for (size_t i = 0; i < 4; ++i) {
      side[i] = cell.stride * expected_distance(boxes.row(r).subspan(i * bins, bins));
    }
    const float x = (cell.x + 0.5f) * cell.stride, y = (cell.y + 0.5f) * cell.stride;
    keep(
        found,
        {best.index, {}, best.score, {{x - side[0], y - side[1]}, {x + side[2], y + side[3]}}, {}});
  }
  return {};
}

Expected<Detections> decode_picodet(const Outputs& outputs, const DetectOptions& options,
                                    InputSize input) {
  Detections found;
  const size_t grids = options.strides.size();
  for (size_t i = 0; i < grids; ++i) {
    HONE_TRY(const Tensor* scores_tensor, output_at(outputs, options.scores, i, i));
    HONE_TRY(const Tensor* boxes_tensor, output_at(outputs, options.boxes, i, grids + i));
    HONE_TRY(const Rows scores, rows_of(*scores_tensor));
    HONE_TRY(const Rows boxes, rows_of(*boxes_tensor));
    std::vector<Cell> cells;
    add_grid(cells, input, options.strides[i], 1);
    ScoreRange range;
    HONE_RETURN_IF_ERROR(decode_picodet_grid(scores, boxes, cells, options, range, found));
    HONE_RETURN_IF_ERROR(check_scores(range, outputs, scores_tensor, options));
  }
  return found;
}

}  // namespace

Expected<std::vector<Detection>> decode_detections(const Outputs& outputs,
                                                   const DetectOptions& options, InputSize input) {
  switch (options.decode) {
    case DetectOptions::Decode::yolov8:
      return decode_yolov8(outputs, options, input);
    case DetectOptions::Decode::end_to_end:
      return decode_end_to_end(outputs, options, input);
    case DetectOptions::Decode::yolov5:
      return decode_yolov5(outputs, options, input);
    case DetectOptions::Decode::yolox:
      return decode_yolox(outputs, options, input);
    case DetectOptions::Decode::ssd:
      return decode_ssd(outputs, options, input);
    case DetectOptions::Decode::anchors:
      return decode_anchors(outputs, options, input);
    case DetectOptions::Decode::picodet:
      return decode_picodet(outputs, options, input);
  }
  return fail(Code::internal, "a decoder without a case");
}

}  // namespace hone
