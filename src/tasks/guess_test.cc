// Layouts as Ultralytics' exporters give them (ultralytics/nn/modules/head.py, engine/exporter.py,
// and export.py of YOLOv5).
#include "tasks/guess.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tasks/ultralytics.h"

namespace hone {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Metadata = std::vector<std::pair<std::string_view, std::string_view>>;

constexpr std::string_view kThree = "{0: 'a', 1: 'b', 2: 'c'}";
const Dim kAny = Dim::unknown();

Program program_of(Shape in, std::vector<Shape> outs, DType dtype = DType::f32) {
  Program program;
  program.values.push_back({"images", TensorType{dtype, std::move(in)}});
  program.inputs = {0};
  for (Shape& out : outs) {
    program.outputs.push_back(static_cast<int32_t>(program.values.size()));
    program.values.push_back({"output", TensorType{DType::f32, std::move(out)}});
  }
  return program;
}

// "detect yolov8", or the kind alone.
std::string told(const Task& task) {
  const Json* output = task.fields.find("output");
  return output == nullptr ? task.kind : cat(task.kind, " ", *output->find("decode")->as_string());
}

std::string by_shapes(Shape in, std::vector<Shape> outs, size_t classes = 0) {
  return told(guess_task(program_of(std::move(in), std::move(outs)), {.classes = classes}));
}

Task exported(std::string_view kind, Shape in, std::vector<Shape> outs, Metadata more = {}) {
  more.insert(more.end(), {{"names", kThree}, {"stride", "32"}});
  if (!kind.empty()) more.emplace_back("task", kind);
  return guess_task(program_of(std::move(in), std::move(outs)), {.metadata = more});
}

const Shape kPicture{1, 3, 640, 640};

TEST(Guess, HeadsOfYoloByTheirShapes) {
  EXPECT_EQ(by_shapes(kPicture, {{1, 84, 8400}}), "detect yolov8");
  EXPECT_EQ(by_shapes(kPicture, {{1, 8400, 84}}), "detect yolov8");
  EXPECT_EQ(by_shapes(kPicture, {{1, 25200, 85}}), "detect yolov5");
  EXPECT_EQ(by_shapes({1, 3, 416, 416}, {{1, 3549, 6}}), "detect yolox");
  EXPECT_EQ(by_shapes(kPicture, {{1, 300, 6}}), "detect end_to_end");
  EXPECT_EQ(by_shapes(kPicture, {{1, 56, 8400}}), "pose yolov8");
  EXPECT_EQ(by_shapes(kPicture, {{1, 300, 57}}), "pose end_to_end");
  EXPECT_EQ(by_shapes(kPicture, {{1, 116, 8400}, {1, 32, 160, 160}}), "segment yolov8");
  EXPECT_EQ(by_shapes(kPicture, {{1, 25200, 117}, {1, 32, 160, 160}}), "segment yolov5");
  EXPECT_EQ(by_shapes(kPicture, {{1, 300, 38}, {1, 32, 160, 160}}), "segment end_to_end");
  EXPECT_EQ(by_shapes(kPicture, {{1, 84, 8401}}), "");
  EXPECT_EQ(by_shapes(kPicture, {{1, 8400, 4}, {1, 8400, 80}}), "");
}

TEST(Guess, LabelsBesideTellWhatTheShapesMean) {
  EXPECT_EQ(by_shapes(kPicture, {{1, 8400, 14}}), "detect yolox");
  EXPECT_EQ(by_shapes(kPicture, {{1, 8400, 14}}, 10), "detect yolov8");
  EXPECT_EQ(by_shapes(kPicture, {{1, 56, 8400}}, 52), "detect yolov8");
}

TEST(Guess, SizesBeyondMeasureAreAsUnknown) {
  constexpr int64_t kHuge = int64_t{1} << 62;
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(by_shapes({1, 3, kHuge, kHuge}, {{1, 84, kAny}}), "detect yolov8");
  EXPECT_EQ(by_shapes(kPicture, {{1, kMost, kMost}, {1, kMost, 160, 160}}, 3), "");
}

TEST(Guess, AnyPictureSizeIsTakenAsUsual) {
  const Shape any{kAny, 3, kAny, kAny};
  EXPECT_EQ(by_shapes(any, {{kAny, 84, kAny}}), "detect yolov8");
  EXPECT_EQ(by_shapes(any, {{kAny, kAny, 85}}), "detect yolov5");
  const Task task = guess_task(program_of(any, {{kAny, 84, kAny}}));
  EXPECT_EQ(task.picture.width, 640);
  EXPECT_EQ(task.picture.height, 640);
  EXPECT_THAT(task.note, HasSubstr("--task"));
  EXPECT_EQ(guess_task(program_of(any, {{kAny, 1000}})).picture.width, 224);
  EXPECT_EQ(guess_task(program_of(kPicture, {{1, 84, 8400}})).picture.width, 0);
}

TEST(Guess, MetadataTellDetectors) {
  EXPECT_EQ(told(exported("detect", kPicture, {{1, 7, 8400}})), "detect yolov8");
  EXPECT_EQ(told(exported("detect", kPicture, {{1, 8400, 7}})), "detect yolov8");
  EXPECT_EQ(told(exported("", kPicture, {{1, 25200, 8}})), "detect yolov5");
  EXPECT_EQ(told(exported("detect", kPicture, {{1, 300, 6}})), "detect end_to_end");
  EXPECT_EQ(told(exported("detect", kPicture, {{1, 8400, 6}}, {{"end2end", "True"}})),
            "detect end_to_end");
  EXPECT_EQ(told(exported("detect", kPicture, {{1, 300, 6}}, {{"args", "{'nms': True}"}})),
            "detect end_to_end");
  EXPECT_EQ(told(exported("detect", kPicture, {{1, 9, 8400}})), "");  // two classes more
  const Task task = exported("detect", kPicture, {{1, 7, 8400}});
  EXPECT_THAT(task.labels, ElementsAre("a", "b", "c"));
  EXPECT_EQ(task.note, "");
}

TEST(Guess, MetadataTellTheSizeWhereTheModelTakesAny) {
  const Shape any{kAny, 3, kAny, kAny};
  const Task task = exported("detect", any, {{kAny, 7, kAny}}, {{"imgsz", "[480, 650]"}});
  EXPECT_EQ(told(task), "detect yolov8");
  EXPECT_EQ(task.picture.height, 480);
  EXPECT_EQ(task.picture.width, 672);  // whole strides
  EXPECT_EQ(exported("detect", any, {{kAny, 7, kAny}}).picture.width, 640);
}

TEST(Guess, MetadataTellPosesAndMasks) {
  const Task pose = exported("pose", kPicture, {{1, 7 + 8, 8400}},
                             {{"kpt_shape", "[4, 2]"}, {"kpt_names", "{0: ['p', 'q', 'r', 's']}"}});
  EXPECT_EQ(told(pose), "pose yolov8");
  const Json& output = *pose.fields.find("output");
  EXPECT_EQ(output.find("coordinates")->as_int(), 2);
  EXPECT_EQ(output.find("keypoints")->write(), R"(["p","q","r","s"])");
  EXPECT_EQ(told(exported("pose", kPicture, {{1, 300, 6 + 51}}, {{"kpt_shape", "[17, 3]"}})),
            "pose end_to_end");
  EXPECT_EQ(told(exported("segment", kPicture, {{1, 39, 8400}, {1, 32, 160, 160}})),
            "segment yolov8");
  EXPECT_EQ(told(exported("", kPicture, {{1, 25200, 40}, {1, 32, 160, 160}})), "segment yolov5");
  EXPECT_EQ(
      told(exported("segment", kPicture, {{1, 300, 38}, {1, 32, 160, 160}}, {{"end2end", "True"}})),
      "segment end_to_end");
}

TEST(Guess, ClassifiersOfUltralyticsTakeZeroToOne) {
  const Task task = exported("classify", {1, 3, 224, 224}, {{1, 3}});
  EXPECT_EQ(task.kind, "classify");
  EXPECT_EQ(task.picture.crop_fraction, 1);
  EXPECT_EQ(task.picture.mean[0], 0);
  EXPECT_FLOAT_EQ(task.picture.scale[0], 1 / 255.0f);
  EXPECT_THAT(task.labels, ElementsAre("a", "b", "c"));
  const Task v5 = exported("", {1, 3, 224, 224}, {{1, 3}});
  EXPECT_EQ(v5.kind, "classify");
  EXPECT_FLOAT_EQ(v5.picture.mean[0], 123.675f);
  EXPECT_EQ(by_shapes({1, 3, 224, 224}, {{1, 1000}}), "classify");
}

TEST(Guess, ATaskThatHoneHasNotIsNamed) {
  EXPECT_EQ(exported("obb", kPicture, {{1, 8, 8400}}).kind, "obb");
}

TEST(Ultralytics, MetadataThatCannotBeReadCountAsAbsent) {
  EXPECT_FALSE(read_ultralytics(Metadata{{"names", "{0: 'a'"}, {"stride", "32"}}));
  EXPECT_FALSE(read_ultralytics(Metadata{{"names", "{-1: 'a'}"}, {"stride", "32"}}));
  EXPECT_FALSE(read_ultralytics(Metadata{{"names", "{99999999: 'a'}"}, {"stride", "32"}}));
  EXPECT_FALSE(read_ultralytics(Metadata{{"names", "{0: 'a'}"}}));
  const auto odd = read_ultralytics(Metadata{{"names", "['a', 'b']"},
                                             {"stride", "8"},
                                             {"imgsz", "[-1, 1e9]"},
                                             {"kpt_shape", "[1000000, 3]"}});
  ASSERT_TRUE(odd);
  EXPECT_THAT(odd->names, ElementsAre("a", "b"));
  EXPECT_EQ(odd->width, 0);
  EXPECT_EQ(odd->points, 0);
}

}  // namespace
}  // namespace hone
