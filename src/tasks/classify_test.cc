#include "tasks/classify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tensor/encode.h"

namespace hone {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::IsEmpty;

Task labeled(std::vector<std::string> labels) {
  Task task;
  task.labels = std::move(labels);
  return task;
}

TEST(Classify, ABackgroundThatTheModelLacksHasNoClass) {
  const Task task = labeled({"background", "cat", "dog"});
  EXPECT_THAT(class_labels(task, 2), ElementsAre("cat", "dog"));
  EXPECT_THAT(class_labels(task, 3), ElementsAre("background", "cat", "dog"));
  EXPECT_THAT(class_labels(task, 5), ElementsAre("background", "cat", "dog"));
  EXPECT_THAT(class_labels(labeled({}), 2), IsEmpty());
}

Outputs output_of(DType dtype, std::vector<double> values, double step = 0) {
  Outputs outputs;
  outputs.tensors.push_back(*Tensor::allocate(dtype, {1, static_cast<int64_t>(values.size())}));
  outputs.steps.push_back(step);
  std::byte* bytes = outputs.tensors[0].writable().data;
  for (const double value : values) {
    encode_element(dtype, value, bytes);
    bytes += info(dtype).block_bytes;
  }
  return outputs;
}

std::vector<double> probabilities(const Outputs& outputs, std::string_view output) {
  const Task task =
      *parse_task(*Json::parse(cat(R"({"kind": "classify", "output": {)", output, "}}")));
  const auto scores = class_scores(outputs);
  EXPECT_TRUE(scores) << scores.error().text();
  const auto values = class_probabilities(*scores, task);
  return values ? *values : std::vector<double>();
}

TEST(Classify, ScoresBecomeProbabilitiesAsTheTaskSays) {
  const Outputs logits = output_of(DType::f32, {1, 2, 4});
  const double all = std::exp(1) + std::exp(2) + std::exp(4);
  const auto soft =
      ElementsAre(DoubleNear(std::exp(1) / all, 1e-9), DoubleNear(std::exp(2) / all, 1e-9),
                  DoubleNear(std::exp(4) / all, 1e-9));
  EXPECT_THAT(probabilities(logits, R"("activation": "softmax")"), soft);
  EXPECT_THAT(probabilities(logits, ""), soft);
  EXPECT_THAT(probabilities(logits, R"("activation": "none")"), ElementsAre(1, 2, 4));
  EXPECT_THAT(probabilities(output_of(DType::f32, {0, 1}), R"("activation": "sigmoid")"),
              ElementsAre(0.5, DoubleNear(1 / (1 + std::exp(-1)), 1e-9)));
  EXPECT_THAT(probabilities(logits, R"("activation": "tanh")"), IsEmpty());
}

TEST(Classify, WhatAddsUpToOneIsLeftAsItIs) {
  const Outputs sure = output_of(DType::f64, {0.25, 0.75});
  EXPECT_THAT(probabilities(sure, ""), ElementsAre(0.25, 0.75));
  EXPECT_NEAR(probabilities(sure, R"("activation": "softmax")")[0], 1 / (1 + std::exp(0.5)), 1e-9);
}

// A thousand classes, of which rounding to 1 / 256 has left little.
TEST(Classify, RoundedProbabilitiesAddUpToOneAgain) {
  std::vector<double> rounded(1000);
  rounded[7] = 0.25;
  rounded[8] = 0.125;
  EXPECT_EQ(probabilities(output_of(DType::f32, rounded, 1.0 / 256), "")[7], 0.25 / 0.375);
  EXPECT_LT(probabilities(output_of(DType::f32, rounded), "")[7], 0.01);
  for (const double zero : {-128, 0}) {
    std::vector<double> codes(1000, zero);
    codes[7] += 64;
    codes[8] += 32;
    EXPECT_EQ(probabilities(output_of(zero == 0 ? DType::u8 : DType::i8, codes), "")[7],
              0.25 / 0.375);
  }
}

TEST(Classify, OutputsWithoutScoresAreRefused) {
  EXPECT_FALSE(class_scores(Outputs()));
  EXPECT_FALSE(class_scores(output_of(DType::f32, {})));
  EXPECT_FALSE(class_scores(output_of(DType::f32, {0, std::nan("")})));
  Outputs text;
  text.tensors.push_back(Tensor::of_strings({"a"}, {1}));
  EXPECT_FALSE(class_scores(text));
}

}  // namespace
}  // namespace hone
