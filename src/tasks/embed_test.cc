#include "tasks/embed.h"

#include <gtest/gtest.h>

#include <vector>

#include "tasks/guess.h"

namespace hone {
namespace {

TEST(Embed, CosineTellsDirections) {
  const std::vector<float> a = {1, 2, 3}, b = {2, 4, 6}, c = {-1, -2, -3}, d = {3, 0, -1};
  EXPECT_NEAR(cosine(a, b), 1, 1e-12);
  EXPECT_NEAR(cosine(a, c), -1, 1e-12);
  EXPECT_NEAR(cosine(a, d), 0, 1e-12);
  EXPECT_EQ(cosine(a, std::vector<float>{0, 0, 0}), 0);
  EXPECT_EQ(cosine(a, std::vector<float>{1, 2}), 0);
}

TEST(Embed, OptionsAreTheTasks) {
  const auto task = parse_task(*Json::parse(
      R"({"kind": "embed", "input": {"max_tokens": 128, "tensors": {"ids": "a", "mask": "b"}},
          "output": {"tensor": "o", "pooling": "first", "normalize": false, "dimensions": 64}})"));
  ASSERT_TRUE(task);
  const auto options = embed_options(*task);
  ASSERT_TRUE(options) << options.error().text();
  EXPECT_EQ(options->input.max_tokens, 128);
  EXPECT_EQ(options->input.ids, "a");
  EXPECT_EQ(options->input.types, "");
  EXPECT_EQ(options->dimensions, 64u);
  EXPECT_EQ(options->pooling, EmbedOptions::Pooling::first);
  EXPECT_EQ(options->length, EmbedOptions::Length::as_is);
  for (const std::string_view bad : {R"({"kind": "embed", "input": {"max_tokens": 0}})",
                                     R"({"kind": "embed", "output": {"pooling": "best"}})",
                                     R"({"kind": "embed", "output": {"dimensions": -1}})",
                                     R"({"kind": "embed", "input": {"tensors": 3}})"}) {
    EXPECT_FALSE(embed_options(*parse_task(*Json::parse(bad)))) << bad;
  }
}

Program encoder(std::vector<std::string> names) {
  Program program;
  for (const std::string& name : names) {
    program.inputs.push_back(static_cast<int32_t>(program.values.size()));
    program.values.push_back({name, TensorType{DType::i64, {1, 8}}});
  }
  program.outputs = {static_cast<int32_t>(program.values.size())};
  program.values.push_back({"last_hidden_state", TensorType{DType::f32, {1, 8, 4}}});
  return program;
}

TEST(Embed, EncodersAreGuessedByTheirInputs) {
  EXPECT_EQ(guess_task(encoder({"input_ids", "attention_mask"})).kind, "embed");
  EXPECT_EQ(guess_task(encoder({"input_ids", "attention_mask", "token_type_ids"})).kind, "embed");
  EXPECT_EQ(guess_task(encoder({"input_ids"})).kind, "");
  Program classifier = encoder({"input_ids", "attention_mask"});
  classifier.values.back() = {"logits", TensorType{DType::f32, {1, 3}}};
  EXPECT_EQ(guess_task(classifier).kind, "text-classify");
  classifier.values.back().type = TensorType{DType::f32, {1, 8, 3}};  // one a token
  EXPECT_EQ(guess_task(classifier).kind, "embed");
  EXPECT_EQ(guess_task(encoder({"input_ids", "attention_mask", "a"})).kind, "");
}

TEST(Embed, ATokenizerBesideMakesAnEncoderObvious) {
  const ModelHints hints{.tokenizer = ModelHints::Tokenizer::beside,
                         .architecture = "BertForSequenceClassification"};
  Program program = encoder({"input_ids"});
  EXPECT_EQ(guess_task(program, hints).kind, "embed");
  program.values.back().type = Type::unknown();  // as of dynamically quantized models
  EXPECT_EQ(guess_task(program, hints).kind, "embed");
  program.values.back().name = "logits";
  EXPECT_EQ(guess_task(program, hints).kind, "text-classify");
  EXPECT_EQ(guess_task(program, {.tokenizer = hints.tokenizer}).kind, "embed");
}

TEST(Embed, TheFirstOutputOfFloatsIsTaken) {
  Program program = encoder({"input_ids", "attention_mask"});
  program.outputs.insert(program.outputs.begin(), program.inputs[0]);
  const Task task = guess_task(program);
  EXPECT_EQ(task.kind, "embed");
  EXPECT_EQ(embed_options(task)->output, "last_hidden_state");
}

}  // namespace
}  // namespace hone
