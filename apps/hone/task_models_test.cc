// Tasks on small models, made as files are: what is heard in a stream, and what a text is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "open/load_program.h"
#include "ops/list.h"
#include "ops/reduce/op.h"
#include "ops/reshape/op.h"
#include "ops/take/op.h"
#include "tasks/keyword.h"
#include "tasks/text_classify.h"
#include "tasks/wake_word.h"

namespace hone::cli {
namespace {

using ::testing::ElementsAre;

struct SmallModel {
  LoadedProgram loaded;

  TaskModel model() const {
    TaskModel made{.session = loaded.session.get(), .inputs = {}, .outputs = loaded.outputs};
    for (const ProgramValue& input : loaded.inputs) made.inputs.push_back(input.name);
    return made;
  }
};

SmallModel open(ir::Graph graph) {
  ImportedProgram imported;
  imported.interface.outputs = {"out"};
  auto loaded = open_program(imported, graph, {.threads = 1});
  EXPECT_TRUE(loaded) << loaded.error().text();
  return {std::move(*loaded)};
}

// Two frames of one band each; the louder one is the class.
ir::Graph louder_half() {
  ir::Graph graph;
  const ir::ValueId x = graph.add_input("x", TensorType{DType::f32, {Dim(1), Dim(2), Dim(1)}});
  graph.outputs = *graph.add_node(*find_op("reshape"), "out", ReshapeAttrs{.shape = {1, 2}}, {x});
  return graph;
}

Task halves(std::string_view more) {
  const std::string text = cat(R"({"kind": "keyword", "labels": ["early", "late"],
    "input": {"sample_rate": 1000, "samples": 16, "step": 8,
              "features": {"window": 8, "hop": 8, "bands": 1, "coefficients": 0, "least_hz": 0,
                           "most_hz": 500}})",
                               more, "}");
  return *parse_task(*Json::parse(text));
}

std::vector<float> burst_at(size_t first, size_t samples) {
  std::vector<float> sound(samples);
  for (size_t i = first; i < first + 8; ++i) {
    sound[i] = std::sin(static_cast<float>(i) * 1.5707964f);
  }
  return sound;
}

std::vector<std::string> heard(const SmallModel& model, const Task& task,
                               std::span<const float> sound, size_t piece) {
  auto spotter = KeywordSpotter::create(model.model(), task);
  EXPECT_TRUE(spotter) << spotter.error().text();
  std::vector<std::string> words;
  const auto take = [&](const Expected<std::vector<Keyword>>& some) {
    ASSERT_TRUE(some) << some.error().text();
    for (const Keyword& one : *some) words.push_back(cat(one.start, " ", one.what.label));
  };
  for (size_t at = 0; at < sound.size(); at += piece) {
    take(spotter->push(sound.subspan(at, std::min(piece, sound.size() - at))));
  }
  take(spotter->finish());
  return words;
}

TEST(KeywordSpotter, HearsWordsInAStreamHoweverItIsCut) {
  const SmallModel model = open(louder_half());
  const std::vector<float> sound = burst_at(16, 40);
  const Task task = halves(R"(, "silent": ["late"], "threshold": 0.9, "cooldown_ms": 0)");
  for (const size_t piece : {1, 3, 8, 40}) {
    EXPECT_THAT(heard(model, task, sound, piece), ElementsAre("16 early")) << piece;
  }
}

TEST(KeywordSpotter, AfterAWordThereIsNoneForAWhile) {
  const SmallModel model = open(louder_half());
  const std::vector<float> sound = burst_at(16, 40);
  EXPECT_THAT(heard(model, halves(R"(, "threshold": 0.9, "cooldown_ms": 0)"), sound, 40),
              ElementsAre("8 late", "16 early"));
  EXPECT_THAT(heard(model, halves(R"(, "threshold": 0.9, "cooldown_ms": 9)"), sound, 40),
              ElementsAre("8 late"));
}

TEST(KeywordSpotter, AShortSoundHasSilenceBehindIt) {
  const SmallModel model = open(louder_half());
  EXPECT_THAT(heard(model, halves(""), burst_at(0, 9), 9), ElementsAre("0 early"));
  EXPECT_TRUE(heard(model, halves(""), {}, 1).empty());
}

TEST(KeywordSpotter, TasksThatDoNotFitTheModelAreRefused) {
  const SmallModel model = open(louder_half());
  Task other = halves("");
  other.fields.set("input", *Json::parse(R"({"sample_rate": 1000, "samples": 16,
      "features": {"window": 8, "hop": 4, "bands": 1, "coefficients": 0, "most_hz": 500}})"));
  auto spotter = KeywordSpotter::create(model.model(), other);
  ASSERT_TRUE(spotter) << spotter.error().text();
  EXPECT_FALSE(spotter->push(burst_at(0, 16)));
  for (const std::string_view wrong :
       {R"({"step": 0})", R"({"samples": -1})", R"({"level": "loud"})", R"({"features": 3})"}) {
    other.fields.set("input", *Json::parse(wrong));
    EXPECT_FALSE(KeywordSpotter::create(model.model(), other)) << wrong;
  }
}

ir::Graph sum_of(Shape shape, std::vector<int64_t> axes) {
  ir::Graph graph;
  const ir::ValueId x = graph.add_input("x", TensorType{DType::f32, std::move(shape)});
  graph.outputs =
      *graph.add_node(*find_op("reduce"), "out",
                      ReduceAttrs{.kind = ReduceKind::sum, .axes = std::move(axes)}, {x, {}});
  return graph;
}

// Rows are pairs of samples; a vector is the sum of two rows, a score that of two vectors.
class WakeWordTest : public testing::Test {
 protected:
  Expected<WakeWord> create(std::string_view bundle) {
    const auto part = [](const SmallModel& model, std::string_view task) {
      return TaskPart{model.model(), *parse_task(*Json::parse(task))};
    };
    return WakeWord::create(
        {part(rows_, R"({"kind": "features", "input": {"sample_rate": 1000, "samples": 4,
                         "scale": 0.5}, "output": {"frames": 2, "scale": 0.5}})"),
         part(vectors_,
              R"({"kind": "features", "input": {"frames": 2}, "output": {"tensor": "out"}})"),
         part(scores_, R"({"kind": "keyword", "input": {"frames": 2}})")},
        *parse_task(*Json::parse(bundle)));
  }

  std::vector<std::string> heard(std::string_view bundle, size_t piece) {
    auto word = create(bundle);
    EXPECT_TRUE(word) << word.error().text();
    std::vector<float> sound(15);
    sound[8] = sound[9] = 1;
    std::vector<std::string> all;
    const auto take = [&](const Expected<std::vector<Keyword>>& some) {
      ASSERT_TRUE(some) << some.error().text();
      for (const Keyword& one : *some) {
        all.push_back(
            cat(one.start, " ", one.end, " ", one.what.label, " ", fixed(one.what.probability, 2)));
      }
    };
    for (size_t at = 0; at < sound.size(); at += piece) {
      take(word->push(std::span(sound).subspan(at, std::min(piece, sound.size() - at))));
    }
    take(word->finish());
    return all;
  }

  const SmallModel rows_ = open([] {
    ir::Graph graph;
    const ir::ValueId x = graph.add_input("x", TensorType{DType::f32, {Dim(1), Dim(4)}});
    graph.outputs =
        *graph.add_node(*find_op("reshape"), "out", ReshapeAttrs{.shape = {1, 1, 2, 2}}, {x, {}});
    return graph;
  }());
  const SmallModel vectors_ = open(sum_of({Dim(1), Dim(2), Dim(2), Dim(1)}, {1, 2}));
  const SmallModel scores_ = open(sum_of({Dim(1), Dim(2), Dim(1)}, {1}));
};

TEST_F(WakeWordTest, IsHeardHoweverTheSoundIsCut) {
  constexpr std::string_view kBundle =
      R"({"kind": "keyword", "labels": ["hey"], "threshold": 0.9, "cooldown_ms": 0})";
  for (const size_t piece : {1, 3, 4, 15}) {
    EXPECT_THAT(heard(kBundle, piece), ElementsAre("6 12 hey 1.00")) << piece;
  }
}

TEST_F(WakeWordTest, ItsEndAndWhatFollowsAreOneWord) {
  EXPECT_THAT(heard(R"({"kind": "keyword", "threshold": 0.4, "cooldown_ms": 0})", 15),
              ElementsAre("6 12  0.50", "6 12  1.00", "10 16  0.50"));
  EXPECT_THAT(heard(R"({"kind": "keyword", "threshold": 0.4, "cooldown_ms": 10})", 15),
              ElementsAre("6 12  0.50"));
}

// A row of scores for the one token of a text.
ir::Graph scores_of_a_token() {
  ir::Graph graph;
  const ir::ValueId ids = graph.add_input("input_ids", TensorType{DType::i64, {Dim(1), Dim(1)}});
  const std::vector<float> rows = {0, 0, 0, 1, 2, 4};
  auto bytes = std::make_shared<std::vector<std::byte>>(sizeof(float) * rows.size());
  std::memcpy(bytes->data(), rows.data(), bytes->size());
  const ir::ValueId table =
      graph.add_owned("table", TensorType{DType::f32, {Dim(2), Dim(3)}}, std::move(bytes));
  graph.outputs = *graph.add_node(*find_op("take"), "out", TakeAttrs{0}, {table, ids});
  return graph;
}

TEST(TextClassify, ScoresBecomeProbabilitiesAsTheTaskSays) {
  const SmallModel model = open(scores_of_a_token());
  const auto classes = [&](std::string_view output) {
    const Task task = *parse_task(*Json::parse(
        cat(R"({"kind": "text-classify", "labels": ["a", "b", "c"], "output": {)", output, "}}")));
    const std::vector<int32_t> tokens = {1};
    return classify_text(model.model(), task, tokens, 2);
  };
  const auto soft = classes("");
  ASSERT_TRUE(soft) << soft.error().text();
  ASSERT_EQ(soft->size(), 2);
  EXPECT_EQ((*soft)[0].index, 2);
  EXPECT_EQ((*soft)[0].label, "c");
  EXPECT_EQ((*soft)[1].label, "b");
  const double all = std::exp(1) + std::exp(2) + std::exp(4);
  EXPECT_NEAR((*soft)[0].probability, std::exp(4) / all, 1e-9);
  EXPECT_NEAR((*classes(R"("activation": "sigmoid")"))[1].probability, 1 / (1 + std::exp(-2)),
              1e-9);
  EXPECT_EQ((*classes(R"("activation": "none")"))[0].probability, 4);
  EXPECT_FALSE(classes(R"("activation": "tanh")"));
  EXPECT_FALSE(classes(R"("scores": "other")"));
}

TEST(TaskModel, CodesAreNumbersAndNumbersStay) {
  const SmallModel model = open(louder_half());
  TaskModel claimed = model.model();
  claimed.codes = {Codes{.scale = 2, .zero = 1}, Codes{}};  // of an output of floats, and of none
  const RunValue input(*Tensor::allocate(DType::f32, {1, 2, 1}));
  const auto outputs = claimed.run({&input, 1});
  ASSERT_TRUE(outputs) << outputs.error().text();
  EXPECT_EQ(outputs->steps, std::vector<double>{0});
  EXPECT_EQ(outputs->tensors[0].view().as<float>()[0], 0);
}

TEST(TextClassify, AnEmptyTextIsRefused) {
  const SmallModel model = open(scores_of_a_token());
  const Task task = *parse_task(*Json::parse(R"({"kind": "text-classify"})"));
  EXPECT_FALSE(classify_text(model.model(), task, {}, 2));
}

}  // namespace
}  // namespace hone::cli
