#include "llm/template/fallback.h"

#include <gtest/gtest.h>

#include "llm/template/chat_template.h"

namespace hone {
namespace {

std::string printed(std::string_view name) {
  const FallbackTemplate* entry = find_fallback(name);
  if (entry == nullptr) return "no such template";
  const auto parsed = ChatTemplate::parse(entry->source);
  if (!parsed) return parsed.error().text();
  ChatInput input;
  input.messages = {
      {"system", "S", {}}, {"user", "U", {}}, {"assistant", "A", {}}, {"user", "V", {}}};
  const auto text = parsed->render(input);
  return text ? *text : text.error().text();
}

TEST(Fallback, FormatsAreTheirModels) {
  EXPECT_EQ(printed("chatml"),
            "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n"
            "<|im_start|>assistant\nA<|im_end|>\n<|im_start|>user\nV<|im_end|>\n"
            "<|im_start|>assistant\n");
  EXPECT_EQ(printed("llama3"),
            "<|start_header_id|>system<|end_header_id|>\n\nS<|eot_id|>"
            "<|start_header_id|>user<|end_header_id|>\n\nU<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\nA<|eot_id|>"
            "<|start_header_id|>user<|end_header_id|>\n\nV<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\n");
  EXPECT_EQ(printed("gemma"),
            "<start_of_turn>user\nS\n\nU<end_of_turn>\n<start_of_turn>model\nA<end_of_turn>\n"
            "<start_of_turn>user\nV<end_of_turn>\n<start_of_turn>model\n");
  EXPECT_EQ(printed("llama2"), "[INST] <<SYS>>\nS\n<</SYS>>\n\nU [/INST] A </s>[INST] V [/INST]");
  EXPECT_EQ(
      printed("phi3"),
      "<|system|>\nS<|end|>\n<|user|>\nU<|end|>\n<|assistant|>\nA<|end|>\n<|user|>\nV<|end|>\n"
      "<|assistant|>\n");
}

TEST(Fallback, EveryTemplatePrintsEveryMessage) {
  for (const FallbackTemplate& entry : fallback_templates()) {
    const std::string text = printed(entry.name);
    for (const char* part : {"S", "U", "A", "V"}) {
      EXPECT_NE(text.find(part), std::string::npos) << entry.name << ": " << text;
    }
  }
}

TEST(Fallback, GuessesOnlyForChatModels) {
  const auto all = [](std::string_view) { return true; };
  EXPECT_EQ(guess_fallback("Llama-3.2-1B-Instruct", all)->name, "llama3");
  EXPECT_EQ(guess_fallback("gemma-3-1b-it", all)->name, "gemma");
  EXPECT_EQ(guess_fallback("gemma-3-270m", all), nullptr);
  EXPECT_EQ(guess_fallback("some-chat-model", all), nullptr);
}

TEST(Fallback, GuessesOnlyWhatTheVocabularyCanSay) {
  const auto has = [](std::string_view token) { return token == "<|im_start|>"; };
  EXPECT_EQ(guess_fallback("Qwen2-Instruct", has), nullptr);
  const auto both = [](std::string_view token) {
    return token == "<|im_start|>" || token == "<|im_end|>";
  };
  EXPECT_EQ(guess_fallback("Qwen2-Instruct", both)->name, "chatml");
}

}  // namespace
}  // namespace hone
