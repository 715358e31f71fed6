#include "llm/generate/prompt_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "frontend/gguf/tokenizer_fields.h"
#include "llm/template/fallback.h"
#include "open/language_model_file.h"
#include "open/text_model.h"
#include "support/gguf_writer.h"

namespace hone {
namespace {

using testing::HasSubstr;

struct ModelFile {
  std::string name;
  std::string chat_template;
  std::vector<std::string> tokens = {"<|im_start|>", "<|im_end|>"};
};

Expected<PromptFormat> choose(std::string_view wanted, const ModelFile& model) {
  test::GgufWriter writer;
  writer.add("general.name", model.name).add("tokenizer.ggml.model", "gpt2");
  writer.add_array("tokenizer.ggml.tokens", model.tokens);
  if (!model.chat_template.empty()) writer.add("tokenizer.chat_template", model.chat_template);
  const std::string bytes = writer.bytes();
  auto file = GgufFile::parse(as_bytes(bytes), "folder/m.gguf");
  EXPECT_TRUE(file) << file.error().text();
  const auto data = tokenizer_data(*file);
  EXPECT_TRUE(data) << data.error().text();
  return choose_prompt_format(wanted, LanguageModelFile(std::move(*file)).known_as(), *data);
}

std::string printed(const Expected<PromptFormat>& format) {
  if (!format) return format.error().text();
  if (!format->chat_template) return format->error ? format->error->text() : "nothing";
  ChatInput input;
  input.messages = {{"user", "U", {}}};
  const auto text = format->chat_template->render(input);
  return text ? *text : text.error().text();
}

constexpr std::string_view kChatMl = "<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\n";

TEST(PromptFormat, WhatIsAskedForComesFirst) {
  const ModelFile model{"Qwen2-Instruct", "own"};
  EXPECT_EQ(printed(choose("", model)), "own");
  EXPECT_EQ(printed(choose("chatml", model)), kChatMl);
  const auto refused = choose("chatmll", model);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::invalid_argument);
  EXPECT_THAT(refused.error().text(), HasSubstr("no prompt format 'chatmll'; there are chatml, "));
}

TEST(PromptFormat, IsGuessedOnlyWhereNameAndVocabularyAgree) {
  const auto guessed = choose("", {"Qwen2-Instruct", ""});
  EXPECT_EQ(printed(guessed), kChatMl);
  EXPECT_EQ(guessed->guessed, "chatml");
  EXPECT_EQ(printed(choose("", {"Qwen2-Instruct", "", {"a", "b"}})), "nothing");
  EXPECT_EQ(printed(choose("", {"Qwen2", ""})), "nothing") << "a base model";
}

TEST(PromptFormat, ATemplateThatCannotBeRunIsNoReasonToRefuseTheModel) {
  const ModelFile model{"Qwen2-Instruct", "{% include 'x' %}"};
  const auto format = choose("", model);
  ASSERT_TRUE(format) << format.error().text();
  ASSERT_TRUE(format->error);
  EXPECT_THAT(format->error->text(), HasSubstr("include"));
  TextModel opened;
  opened.format = *format;
  EXPECT_FALSE(opened.completes_only());
  const auto refused = opened.encode_chat({});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().text(), format->error->text());
  EXPECT_EQ(printed(choose("chatml", model)), kChatMl);
}

TEST(PromptFormat, ABaseModelSaysThatItDoesNotChat) {
  TextModel base;
  base.name = "base";
  EXPECT_TRUE(base.completes_only());
  EXPECT_THAT(base.encode_chat({}).error().text(), HasSubstr("base has no chat template"));
}

}  // namespace
}  // namespace hone
