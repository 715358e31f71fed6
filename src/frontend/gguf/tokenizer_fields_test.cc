#include "frontend/gguf/tokenizer_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support/gguf_writer.h"

namespace hone {
namespace {

using test::GgufWriter;
using testing::ElementsAre;
using testing::HasSubstr;

GgufWriter vocabulary() {
  GgufWriter writer;
  writer.add("tokenizer.ggml.model", "gpt2");
  writer.add_array("tokenizer.ggml.tokens", std::vector<std::string>{"a", "b", "ab"});
  return writer;
}

std::string error_of(const GgufWriter& writer) {
  const std::string bytes = writer.bytes();
  const auto file = GgufFile::parse(as_bytes(bytes), "m.gguf");
  EXPECT_TRUE(file);
  const auto data = tokenizer_data(*file);
  EXPECT_FALSE(data);
  return data ? "" : data.error().text();
}

TEST(TokenizerFields, ReadsEverything) {
  GgufWriter writer = vocabulary();
  writer.add("tokenizer.ggml.pre", "smollm").add("tokenizer.chat_template", "{{ x }}");
  writer.add_array("tokenizer.ggml.merges", std::vector<std::string>{"a b"});
  writer.add_array("tokenizer.ggml.scores", std::vector<float>{0, -1, -2.5f});
  writer.add_array("tokenizer.ggml.token_type", std::vector<int32_t>{3, 1, 6});
  writer.add_array("tokenizer.ggml.precompiled_charsmap", std::vector<uint8_t>{'x', 'y'});
  writer.add("tokenizer.ggml.bos_token_id", uint32_t{0});
  writer.add("tokenizer.ggml.eos_token_id", int32_t{1});
  writer.add("tokenizer.ggml.eot_token_id", uint32_t{2});
  writer.add("tokenizer.ggml.unknown_token_id", uint32_t{UINT32_MAX});
  writer.add("tokenizer.ggml.seperator_token_id", uint32_t{1});
  writer.add("tokenizer.ggml.padding_token_id", uint32_t{3});
  writer.add("tokenizer.ggml.cls_token_id", uint32_t{2});
  writer.add("tokenizer.ggml.mask_token_id", int32_t{-1});
  writer.add("tokenizer.ggml.add_bos_token", true).add("tokenizer.ggml.add_eos_token", false);
  const std::string bytes = writer.bytes();
  const auto file = GgufFile::parse(as_bytes(bytes), "m.gguf");
  ASSERT_TRUE(file) << file.error().text();
  const auto data = tokenizer_data(*file);
  ASSERT_TRUE(data) << data.error().text();
  EXPECT_EQ(data->model, "gpt2");
  EXPECT_EQ(data->pre, "smollm");
  EXPECT_EQ(data->chat_template, "{{ x }}");
  EXPECT_THAT(data->tokens, ElementsAre("a", "b", "ab"));
  EXPECT_THAT(data->merges, ElementsAre("a b"));
  ASSERT_EQ(data->scores.size(), 3u);
  EXPECT_EQ(data->scores[2], -2.5f);
  ASSERT_EQ(data->types.size(), 3u);
  EXPECT_EQ(data->types[2], 6);
  EXPECT_EQ(as_text(data->precompiled_charsmap), "xy");
  EXPECT_EQ(data->bos, 0);
  EXPECT_EQ(data->eos, 1);
  EXPECT_EQ(data->eot, 2);
  EXPECT_EQ(data->unknown, kNoToken);
  EXPECT_EQ(data->separator, 1);
  EXPECT_EQ(data->padding, kNoToken);  // just past the vocabulary
  EXPECT_EQ(data->classifier, 2);
  EXPECT_EQ(data->mask, kNoToken);
  EXPECT_EQ(data->add_bos, TokenizerData::Flag::yes);
  EXPECT_EQ(data->add_eos, TokenizerData::Flag::no);
  EXPECT_EQ(data->add_space_prefix, TokenizerData::Flag::unset);
}

TEST(TokenizerFields, TheLeastIsModelAndTokens) {
  const std::string bytes = vocabulary().bytes();
  const auto file = GgufFile::parse(as_bytes(bytes), "m.gguf");
  const auto data = tokenizer_data(*file);
  ASSERT_TRUE(data) << data.error().text();
  EXPECT_TRUE(data->scores.empty());
  EXPECT_EQ(data->bos, kNoToken);
  EXPECT_EQ(error_of(GgufWriter().add("tokenizer.ggml.model", "gpt2")).substr(0, 27),
            "the model has no vocabulary");
  EXPECT_THAT(error_of(GgufWriter()), HasSubstr("no metadata 'tokenizer.ggml.model'"));
}

TEST(TokenizerFields, Lies) {
  EXPECT_THAT(error_of(vocabulary().add_array("tokenizer.ggml.scores", std::vector<float>{1})),
              HasSubstr("3 tokens but 1 scores"));
  EXPECT_THAT(
      error_of(vocabulary().add_array("tokenizer.ggml.token_type", std::vector<int32_t>{1, 1})),
      HasSubstr("3 tokens but 2 token types"));
  EXPECT_THAT(
      error_of(vocabulary().add_array("tokenizer.ggml.token_type", std::vector<int32_t>{1, 1, 7})),
      HasSubstr("token 2 has the unknown type 7"));
  EXPECT_THAT(
      error_of(vocabulary().add_array("tokenizer.ggml.scores", std::vector<float>{0, NAN, 0})),
      HasSubstr("the score of token 1 is not a number"));
  EXPECT_THAT(error_of(vocabulary().add("tokenizer.ggml.bos_token_id", uint32_t{3})),
              HasSubstr("'tokenizer.ggml.bos_token_id' is 3 but the vocabulary has only 3"));
  EXPECT_THAT(error_of(vocabulary().add("tokenizer.ggml.eos_token_id", int64_t{-2})),
              HasSubstr("is -2 but"));
  EXPECT_THAT(error_of(vocabulary().add("tokenizer.ggml.eos_token_id", "x")),
              HasSubstr("is a string"));
  EXPECT_THAT(error_of(vocabulary().add("tokenizer.ggml.add_bos_token", uint32_t{1})),
              HasSubstr("where a bool is expected"));
  EXPECT_THAT(error_of(vocabulary().add_array("tokenizer.ggml.merges", std::vector<float>{1})),
              HasSubstr("where an array of strings"));
  EXPECT_THAT(error_of(vocabulary().add("tokenizer.ggml.precompiled_charsmap", "x")),
              HasSubstr("an array of bytes"));
}

}  // namespace
}  // namespace hone
