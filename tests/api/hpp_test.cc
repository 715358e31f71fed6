// hone.hpp: what it adds to hone.h.
#include "hone/hone.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/models.h"

namespace {

using testing::ElementsAre;

TEST(Cpp, TensorsGoInAndComeOut) {
  auto model = hone::Model::open(hone_test::ports_model(), {.threads = 1});
  ASSERT_TRUE(model) << model.error().message();
  EXPECT_STREQ(model->inputs()[1].name, "bias");
  EXPECT_THAT(model->metadata(), ElementsAre(testing::Pair("author", "tests")));
  std::vector<float> x = {1, 2, 3};
  const std::vector<float> bias = {1, 1, 1};
  const auto results =
      model->run({hone::Tensor::of("x", {1, 3}, x), hone::Tensor::of("bias", {3}, bias)});
  ASSERT_TRUE(results) << results.error().message();
  const auto sum = results->get("sum");
  ASSERT_TRUE(sum);
  EXPECT_THAT(sum->dims(), ElementsAre(1, 3));
  EXPECT_THAT(sum->as<float>(), ElementsAre(3, 5, 7));
  EXPECT_TRUE(sum->as<int32_t>().empty());
  EXPECT_EQ(results->get("no").error().code(), HONE_NOT_FOUND);
  EXPECT_THAT(results->get(2).value().as<int64_t>(), ElementsAre(1, 3));
}

TEST(Cpp, ErrorsAreValuesAndThrownWhereOneAsksForTheValue) {
  auto model = hone::Model::open("/no/such/file");
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code(), HONE_NOT_FOUND);
  EXPECT_STREQ(model.error().name(), "not_found");
  EXPECT_THROW(model.value(), hone::Exception);
}

TEST(Cpp, AnAnswerIsStreamedAndExceptionsPassThrough) {
  auto model = hone::Model::open(hone_test::language_model(), {.threads = 1, .context = 64});
  ASSERT_TRUE(model) << model.error().message();
  auto generator = model->generator();
  ASSERT_TRUE(generator) << generator.error().message();
  const hone::GenerateOptions options{.max_tokens = 5, .temperature = 0, .ignore_end = true};
  const std::vector<hone::Message> messages = {{"user", "Hello"}};
  int pieces = 0;
  const auto answer = generator->chat(messages, [&](const hone::Piece&) { ++pieces; }, options);
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->answer_tokens, 5);
  EXPECT_GE(pieces, 5);
  const auto stopped =
      generator->complete("Hello", [](const hone::Piece&) { return false; }, options);
  EXPECT_EQ(stopped->finish, HONE_FINISH_STOPPED);
  EXPECT_THROW(
      (void)generator->complete("Hello", [](const hone::Piece&) { throw 7; }, options), int);
  const auto ids = model->tokenize("Hello there", HONE_TOKENIZE_PLAIN);
  ASSERT_TRUE(ids);
  EXPECT_EQ(*model->detokenize(*ids), "Hello there");
  EXPECT_EQ(*model->detokenize({}), "");
}

}  // namespace
