// give_answer: what is left of an answer that something cuts short.
#include "answer.h"

#include <gtest/gtest.h>

#include "frontend/gguf/tokenizer_fields.h"
#include "open/load_language_model.h"
#include "support/tiny_models.h"

namespace hone::cli {
namespace {

TEST(Answer, WhatWasSaidBeforeAnErrorIsKept) {
  const std::string text = test::tiny_model_text({});
  auto file = GgufFile::parse(std::as_bytes(std::span(text)), "tiny.gguf");
  ASSERT_TRUE(file) << file.error().text();
  const auto data = tokenizer_data(*file);
  ASSERT_TRUE(data) << data.error().text();
  const auto tokenizer = Tokenizer::open(*data);
  ASSERT_TRUE(tokenizer) << tokenizer.error().text();
  auto loaded = load_language_model(std::move(*file), {.threads = 1});
  ASSERT_TRUE(loaded) << loaded.error().text();
  Generator generator(*loaded->model, *tokenizer, Sampler::make({.seed = 1}).value());
  const std::vector<int32_t> prompt = tokenizer->encode("hello").value();
  std::string seen;
  int count = 0;
  const auto take = [&](const GeneratedToken& token) -> Status {
    seen += token.text;
    return ++count == 5 ? fail(Code::io, "the disk is full") : Status{};
  };
  const auto answer = give_answer(generator, prompt, {.max_tokens = 9, .ignore_end = true}, take,
                                  [] { return false; });
  ASSERT_TRUE(answer) << answer.error().text();
  ASSERT_TRUE(answer->error);
  EXPECT_EQ(answer->error->code, Code::io);
  EXPECT_EQ(answer->speed.tokens, 5);
  EXPECT_FALSE(seen.empty());
  EXPECT_EQ(answer->text, seen);
}

TEST(Answer, HowItEndedAndHowFastItWas) {
  EXPECT_EQ(reason_of(Finish::stop_string), "stop");
  EXPECT_EQ(reason_of(Finish::context_full), "length");
  EXPECT_EQ(reason_of(Finish::interrupted), "interrupted");
  EXPECT_EQ(tokens_per_s({.tokens = 1, .answer_ms = 100}), 0);
  EXPECT_EQ(tokens_per_s({.tokens = 11, .answer_ms = 100}), 100);
}

}  // namespace
}  // namespace hone::cli
