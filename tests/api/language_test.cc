// hone.h on a language model, used well and badly.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "api/models.h"
#include "hone/hone.h"

namespace {

using testing::HasSubstr;

std::string text_of(hone_error* error) {
  std::string text = hone_error_message(error);
  hone_error_free(error);
  return text;
}

hone_code code_of(hone_error* error) {
  const hone_code code = hone_error_code(error);
  hone_error_free(error);
  return code;
}

// What a callback gathers; it stops after `most` pieces.
struct Heard {
  std::string text;
  int pieces = 0, most = 1000;
  float logprob = 0;
  hone_model* asks = nullptr;  // asks this model for a generator from inside
  hone_code inside = HONE_OK;
};

int32_t hear(const hone_piece* piece, void* user) {
  auto& heard = *static_cast<Heard*>(user);
  heard.text.append(piece->text, piece->text_bytes);
  heard.logprob = piece->logprob;
  if (heard.asks != nullptr) {
    hone_generator* generator = nullptr;
    heard.inside = code_of(hone_generator_new(heard.asks, &generator));
  }
  return ++heard.pieces >= heard.most ? 1 : 0;
}

class Language : public testing::Test {
 protected:
  void SetUp() override {
    hone_model_options_init(&open_, sizeof open_);
    open_.threads = 2;
    open_.context = 128;
    ASSERT_EQ(text_of(hone_model_open(hone_test::language_model().c_str(), &open_, &model_)), "");
    ASSERT_EQ(text_of(hone_generator_new(model_, &generator_)), "");
    hone_generate_options_init(&options_, sizeof options_);
    options_.max_tokens = 8;
    options_.temperature = 0;
    options_.ignore_end = 1;
    answer_.struct_size = sizeof answer_;
  }
  void TearDown() override {
    hone_generator_free(generator_);
    hone_model_free(model_);
  }

  hone_error* complete(const char* prompt, Heard& heard) {
    return hone_generator_complete(generator_, prompt, &options_, hear, &heard, &answer_);
  }

  hone_model_options open_;
  hone_model* model_ = nullptr;
  hone_generator* generator_ = nullptr;
  hone_generate_options options_;
  hone_answer answer_ = {};
};

TEST_F(Language, TellsWhatItIs) {
  EXPECT_EQ(hone_model_kind(model_), HONE_KIND_LANGUAGE);
  EXPECT_EQ(hone_model_input_count(model_), 0u);
  hone_language language = {};
  language.struct_size = sizeof language;
  ASSERT_EQ(text_of(hone_model_language(model_, &language)), "");
  EXPECT_EQ(language.context, 128);
  EXPECT_GT(language.vocabulary, 100);
  EXPECT_NE(language.chats, 0);
  EXPECT_STREQ(hone_model_metadata_key(model_, 0), "architecture");
  EXPECT_STREQ(hone_model_metadata_value(model_, 0), "llama");
}

TEST_F(Language, TextBecomesTokensAndTextAgain) {
  const std::string text = "Hello there";
  size_t count = 0;
  ASSERT_EQ(text_of(hone_model_tokenize(model_, text.data(), text.size(), 0, nullptr, 0, &count)),
            "");
  ASSERT_GT(count, 0u);
  std::vector<int32_t> ids(count);
  size_t again = 0;
  EXPECT_EQ(code_of(hone_model_tokenize(model_, text.data(), text.size(), 0, ids.data(), count - 1,
                                        &again)),
            HONE_LIMIT_EXCEEDED);
  EXPECT_EQ(again, count);
  ASSERT_EQ(
      text_of(hone_model_tokenize(model_, text.data(), text.size(), 0, ids.data(), count, &again)),
      "");
  std::vector<char> back(text.size() + 1, 'x');
  EXPECT_EQ(
      code_of(hone_model_detokenize(model_, ids.data(), count, back.data(), text.size(), &again)),
      HONE_LIMIT_EXCEEDED)
      << "no room for the zero byte";
  ASSERT_EQ(
      text_of(hone_model_detokenize(model_, ids.data(), count, back.data(), back.size(), &again)),
      "");
  EXPECT_EQ(back.data(), text);
  EXPECT_EQ(again, text.size());
  const int32_t wrong = -7;
  EXPECT_EQ(code_of(hone_model_detokenize(model_, &wrong, 1, nullptr, 0, &again)),
            HONE_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(hone_model_tokenize(model_, text.data(), text.size(), 64, nullptr, 0, &count)),
            HONE_INVALID_ARGUMENT);
}

TEST_F(Language, AnAnswerComesInPiecesAndIsTheSameAgain) {
  Heard first, second;
  ASSERT_EQ(text_of(complete("Hello there", first)), "");
  EXPECT_EQ(answer_.finish, HONE_FINISH_MAX_TOKENS);
  EXPECT_EQ(answer_.answer_tokens, 8);
  EXPECT_EQ(answer_.reused_tokens, 0);
  EXPECT_EQ(first.logprob, 0);
  options_.logprobs = 1;
  ASSERT_EQ(text_of(complete("Hello there", second)), "");
  EXPECT_EQ(second.text, first.text);
  EXPECT_GT(answer_.reused_tokens, 0) << "the prompt was known";
  EXPECT_LT(second.logprob, 0);
}

TEST_F(Language, AConversationIsSpokenInTheModelsFormat) {
  const hone_message messages[] = {{"user", "Hello"}, {"assistant", "Hi"}, {"user", "And?"}};
  Heard heard;
  ASSERT_EQ(
      text_of(hone_generator_chat(generator_, messages, 3, &options_, hear, &heard, &answer_)), "");
  EXPECT_EQ(answer_.answer_tokens, 8);
  EXPECT_EQ(code_of(hone_generator_chat(generator_, nullptr, 3, &options_, hear, &heard, nullptr)),
            HONE_INVALID_ARGUMENT);
  const hone_message empty[] = {{nullptr, "Hello"}, {"user", nullptr}};
  EXPECT_EQ(code_of(hone_generator_chat(generator_, empty, 2, nullptr, hear, &heard, nullptr)),
            HONE_INVALID_ARGUMENT);
}

TEST_F(Language, ACallbackStopsTheAnswerAndMustNotComputeItself) {
  Heard heard{.most = 3, .asks = model_};
  ASSERT_EQ(text_of(complete("Hello there", heard)), "");
  EXPECT_EQ(heard.pieces, 3);
  EXPECT_EQ(answer_.finish, HONE_FINISH_STOPPED);
  EXPECT_EQ(heard.inside, HONE_CONFLICT);
  Heard whole;
  ASSERT_EQ(text_of(complete("Hello there", whole)), "") << "and it goes on as before";
  EXPECT_EQ(whole.text.substr(0, heard.text.size()), heard.text);
}

TEST_F(Language, AnotherThreadStopsTheAnswer) {
  options_.max_tokens = 100;
  struct Waiting {
    std::atomic<bool> begun = false, stopped = false;
  } waiting;
  const hone_on_piece wait = [](const hone_piece*, void* user) -> int32_t {
    auto& between = *static_cast<Waiting*>(user);
    between.begun = true;
    while (!between.stopped) std::this_thread::yield();
    return 0;
  };
  std::thread stopper([&] {
    while (!waiting.begun) std::this_thread::yield();
    hone_generator_stop(generator_);
    waiting.stopped = true;
  });
  EXPECT_EQ(
      text_of(hone_generator_complete(generator_, "Hello", &options_, wait, &waiting, &answer_)),
      "");
  stopper.join();
  EXPECT_EQ(answer_.finish, HONE_FINISH_STOPPED);
  EXPECT_EQ(answer_.answer_tokens, 1);
}

TEST_F(Language, StopTextsEndAnAnswer) {
  Heard whole;
  ASSERT_EQ(text_of(complete("Hello there", whole)), "");
  ASSERT_GT(whole.text.size(), 4u);
  const std::string stop = whole.text.substr(2, 2);
  const char* const stops[] = {stop.c_str()};
  options_.stop = stops;
  options_.stop_count = 1;
  Heard cut;
  ASSERT_EQ(text_of(complete("Hello there", cut)), "");
  EXPECT_EQ(answer_.finish, HONE_FINISH_STOP_TEXT);
  EXPECT_EQ(cut.text, whole.text.substr(0, whole.text.find(stop)));
  options_.stop = nullptr;
  EXPECT_EQ(code_of(complete("Hello", cut)), HONE_INVALID_ARGUMENT);
}

TEST_F(Language, WrongOptionsAndPromptsAreErrors) {
  Heard heard;
  EXPECT_EQ(code_of(complete(nullptr, heard)), HONE_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(hone_generator_complete(nullptr, "a", nullptr, nullptr, nullptr, nullptr)),
            HONE_INVALID_ARGUMENT);
  options_.temperature = -1;
  EXPECT_THAT(text_of(complete("Hello", heard)), HasSubstr("temperature"));
  options_.temperature = 0;
  options_.struct_size = 9;
  EXPECT_THAT(text_of(complete("Hello", heard)), HasSubstr("struct_size"));
  options_.struct_size = sizeof options_;
  answer_.struct_size = 0;
  EXPECT_THAT(text_of(complete("Hello", heard)), HasSubstr("struct_size"));
  answer_.struct_size = sizeof answer_;
  std::string longer;
  for (int i = 0; i < 200; ++i) longer += "word ";
  EXPECT_EQ(code_of(complete(longer.c_str(), heard)), HONE_LIMIT_EXCEEDED);
  EXPECT_EQ(heard.pieces, 0);
  EXPECT_EQ(
      text_of(hone_generator_complete(generator_, "Hi", &options_, nullptr, nullptr, nullptr)), "")
      << "nobody has to listen";
}

TEST_F(Language, GeneratorsAreCountedAndOutliveTheirModel) {
  hone_generator* second = nullptr;
  EXPECT_EQ(code_of(hone_generator_new(model_, &second)), HONE_LIMIT_EXCEEDED);
  hone_generator_free(generator_);
  ASSERT_EQ(text_of(hone_generator_new(model_, &generator_)), "");
  hone_model_free(std::exchange(model_, nullptr));
  Heard heard;
  EXPECT_EQ(text_of(complete("Hello there", heard)), "");
}

TEST_F(Language, TensorsAreRefused) {
  hone_results* results = nullptr;
  EXPECT_THAT(text_of(hone_model_run(model_, nullptr, 0, &results)), HasSubstr("language model"));
  EXPECT_EQ(text_of(hone_model_reset(model_)), "");
}

TEST(OpenLanguage, AnUnknownPromptFormatIsToldWithTheKnownOnes) {
  hone_model_options options;
  hone_model_options_init(&options, sizeof options);
  options.prompt_format = "chatmll";
  hone_model* model = nullptr;
  EXPECT_THAT(text_of(hone_model_open(hone_test::language_model().c_str(), &options, &model)),
              HasSubstr("there are chatml, "));
}

}  // namespace
