// Against rapidocr-onnxruntime's own code: tools/make_task_goldens.py.
#include "tasks/ocr.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support/golden.h"
#include "tasks/ctc.h"
#include "tasks/picture_input.h"

namespace hone {
namespace {

const test::Golden& golden() {
  static const test::Golden file =
      *test::Golden::open(cat(HONE_SOURCE_DIR, "/src/tasks/testdata/ocr.golden"));
  return file;
}

constexpr int kWidth = 288, kHeight = 160;

std::vector<float> map_of(const std::string& name) {
  const std::span<const int32_t> packed = golden().ints(name + ".map");
  const auto* bytes = reinterpret_cast<const uint8_t*>(packed.data());
  std::vector<float> map(packed.size_bytes());
  for (size_t i = 0; i < map.size(); ++i) map[i] = static_cast<float>(bytes[i]) / 255;
  return map;
}

void expect_boxes(const std::string& name, TextBoxOptions::Dilate dilate) {
  const std::vector<float> map = map_of(name);
  ASSERT_EQ(map.size(), size_t{kWidth * kHeight});
  const std::vector<TextBox> boxes = find_text_boxes(map, kWidth, kHeight, {.dilate = dilate});
  std::vector<ReadingLine> lines;
  for (const TextBox& box : boxes) lines.push_back({box.quad});
  const std::vector<size_t> order = reading_order(lines);
  const bool dilated = dilate == TextBoxOptions::Dilate::yes;
  const std::span<const float> wanted = golden().floats(cat(name, ".boxes", dilated ? 1 : 0));
  ASSERT_EQ(boxes.size(), wanted.size() / 8) << name;
  // The package cuts coordinates to whole pixels twice on the way.
  for (size_t i = 0; i < boxes.size(); ++i) {
    for (size_t c = 0; c < 4; ++c) {
      EXPECT_NEAR(boxes[order[i]].quad[c].x, wanted[8 * i + 2 * c], 1.6) << name << i;
      EXPECT_NEAR(boxes[order[i]].quad[c].y, wanted[8 * i + 2 * c + 1], 1.6) << name << i;
    }
  }
}

TEST(TextBoxes, AreThoseOfRapidOcr) {
  for (const std::string name : {"level", "turned"}) {
    expect_boxes(name, TextBoxOptions::Dilate::no);
    expect_boxes(name, TextBoxOptions::Dilate::yes);
  }
}

// Three rows of two lines each, in the order of reading, on a page that is turned by an angle.
std::vector<ReadingLine> turned_page(float degrees) {
  const float angle = degrees * 3.14159265f / 180, c = std::cos(angle), s = std::sin(angle);
  const auto turned = [&](float x, float y) { return Point{c * x - s * y, s * x + c * y}; };
  std::vector<ReadingLine> lines;
  for (const float y : {0.0f, 30.0f, 60.0f}) {
    for (const float x : {0.0f, 220.0f}) {
      lines.push_back(
          {{turned(x, y), turned(x + 200, y), turned(x + 200, y + 20), turned(x, y + 20)}, {c, s}});
    }
  }
  return lines;
}

TEST(ReadingOrder, FollowsThePageHoweverItIsTurned) {
  for (const float degrees : {0.0f, 1.0f, 8.0f, -8.0f, 30.0f, 90.0f, 180.0f, -90.0f, 135.0f}) {
    const std::vector<ReadingLine> lines = turned_page(degrees);
    EXPECT_THAT(reading_order(lines), testing::ElementsAre(0, 1, 2, 3, 4, 5)) << degrees;
  }
  EXPECT_TRUE(reading_order({}).empty());
  const ReadingLine point{};
  EXPECT_EQ(reading_order({&point, 1}).size(), 1);
}

TEST(TextBoxes, SmallestRectangleOfTurnedPointsIsTurned) {
  std::vector<Point> points;
  const float c = std::cos(0.3f), s = std::sin(0.3f);
  for (int u = 0; u <= 20; ++u) {
    for (int v = 0; v <= 4; ++v) {
      const float x = static_cast<float>(u), y = static_cast<float>(v);
      points.push_back({50 + x * c - y * s, 50 + x * s + y * c});
    }
  }
  const Quad quad = smallest_rectangle(points);
  EXPECT_NEAR(sides_of(quad).width, 20, 1e-3);
  EXPECT_NEAR(sides_of(quad).height, 4, 1e-3);
  EXPECT_NEAR(quad[1].x - quad[0].x, 20 * c, 1e-3);
  EXPECT_NEAR(quad[1].y - quad[0].y, 20 * s, 1e-3);
}

TEST(TextBoxes, FewPointsAndEmptyMapsAreFine) {
  EXPECT_EQ(sides_of(smallest_rectangle({})).width, 0);
  const Point one{3, 4};
  EXPECT_EQ(smallest_rectangle({&one, 1})[2].x, 3);
  const std::vector<Point> row = {{1, 1}, {5, 1}, {3, 1}};
  EXPECT_EQ(sides_of(smallest_rectangle(row)).width, 4);
  EXPECT_TRUE(find_text_boxes(std::vector<float>(64), 8, 8, {}).empty());
  const std::vector<TextBox> all = find_text_boxes(std::vector<float>(64, 1.0f), 8, 8, {});
  ASSERT_EQ(all.size(), 1);
  EXPECT_LT(all[0].quad[0].x, 0);
  std::vector<float> nans(64, std::nanf(""));
  EXPECT_TRUE(find_text_boxes(nans, 8, 8, {}).empty());
}

TEST(Ctc, ReadsAsRapidOcr) {
  std::vector<std::string> signs = {"", "a", "b", "c", "d", "e", "é", "中", " "};
  const std::span<const float> scores = golden().floats("ctc.scores");
  const std::vector<std::string_view> texts = split(golden().text("ctc.texts"), '\n');
  const std::span<const float> means = golden().floats("ctc.means");
  const size_t step = scores.size() / texts.size();
  ASSERT_EQ(texts.size(), 20);
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto read = read_ctc(scores.subspan(i * step, step), signs, 0);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->text, texts[i]);
    EXPECT_NEAR(read->score, means[i], 1e-6);
  }
  signs.pop_back();
  EXPECT_FALSE(read_ctc(scores.first(9 * 3), signs, 0));
  EXPECT_FALSE(read_ctc(scores, {}, 0));
}

TEST(Ocr, SignsComeFromAListWithBlanksAndMore) {
  const Task task = *parse_task(
      *Json::parse(R"({"kind": "text-recognize", "characters": {"first": 1, "append": [" "]}})"));
  EXPECT_THAT(*signs_of(task, "x\r\n \ny\n"), testing::ElementsAre("", "x", " ", "y", " "));
  const Task plain = *parse_task(*Json::parse(R"({"kind": "text-recognize"})"));
  EXPECT_THAT(*signs_of(plain, "blank\na\n "), testing::ElementsAre("blank", "a", " "));
}

TEST(PictureInput, LinesOfABatchAreAsWideAsTheWidest) {
  PictureInput input;
  input.fit = PictureInput::Fit::line;
  input.height = 4;
  input.mean.fill(255);
  Image narrow(4, 4), wide(24, 8);
  const std::vector<Image> lines = {narrow, wide};
  const auto batch = line_batch(lines, input);
  ASSERT_TRUE(batch) << batch.error().text();
  EXPECT_EQ(batch->dims(), (Dims{2, 3, 4, 12}));
  const float* values = batch->view().as<float>();
  EXPECT_EQ(values[3], -255);  // black
  EXPECT_EQ(values[4], 0);     // behind the picture
  EXPECT_EQ(values[3 * 4 * 12 + 11], -255);
  input.width = 6;
  EXPECT_EQ(line_batch(lines, input)->dims(), (Dims{2, 3, 4, 6}));
  EXPECT_FALSE(line_batch({}, input));
}

TEST(PictureInput, PicturesOfABatchHaveOneSize) {
  const std::vector<Image> images = {Image(8, 4), Image(4, 4)};
  PictureInput input;
  input.width = input.height = 512;
  EXPECT_EQ(picture_batch(images, input)->dims(), (Dims{2, 3, 512, 512}));
  input.fit = PictureInput::Fit::limit;
  EXPECT_FALSE(picture_batch(images, input));
  input.width = 8;
  input.height = 4;
  EXPECT_TRUE(picture_batch({images.data(), 1}, input));
  EXPECT_FALSE(picture_batch(images, input));
}

TEST(PictureInput, HalfFloatsAreNotRounded) {
  Image image(2, 2);
  std::ranges::fill(image.rgb, uint8_t{51});
  PictureInput input;
  input.scale.fill(1 / 255.0f);
  for (const DType dtype : {DType::f16, DType::f32, DType::u8}) {
    const auto made = picture_tensor(image, input, TensorType{dtype, {1, 3, 2, 2}});
    ASSERT_TRUE(made) << made.error().text();
    EXPECT_NEAR(rows_of(made->tensor)->values[0], dtype == DType::u8 ? 0 : 0.2f, 1e-3);
  }
}

TEST(PictureInput, ModelsThatTakeNoNumbersAreRefused) {
  for (const DType dtype : {DType::string, DType::boolean, DType::q8_0, DType::f6_e2m3}) {
    EXPECT_FALSE(picture_tensor(Image(32, 32), {}, TensorType{dtype, {1, 3, 32, 32}}));
  }
  EXPECT_TRUE(picture_tensor(Image(32, 32), {}, TensorType{DType::i4, {1, 3, 32, 32}}));
}

TEST(PictureInput, SidesAreLimitedAndMultiples) {
  PictureInput input;
  input.fit = PictureInput::Fit::limit;
  input.min_side = 64;
  input.multiple_of = 32;
  const auto made = picture_tensor(Image(100, 20), input, Type::unknown());
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_EQ(made->tensor.dims(), (Dims{1, 3, 64, 320}));
  EXPECT_NEAR(made->placed.to_original({320, 64}).x, 100, 1e-4);
  input.min_side = 0;
  input.max_side = 64;
  EXPECT_EQ(picture_tensor(Image(300, 150), input, Type::unknown())->tensor.dims(),
            (Dims{1, 3, 32, 64}));
  input.max_side = 0;
  input.min_side = kMaxImageSide;
  EXPECT_FALSE(picture_tensor(Image(kMaxImageSide, 1), input, Type::unknown()));
}

}  // namespace
}  // namespace hone
