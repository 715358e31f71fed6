// One answer of a language model, streamed and timed; what `hone run` and `hone chat` share.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "llm/generate/generator.h"

namespace hone::cli {

struct AnswerSpeed {
  int64_t prompt_tokens = 0;
  int64_t reused_tokens = 0;  // of the prompt, found in the cache
  int64_t tokens = 0;         // of the answer
  double prompt_ms = 0;
  double answer_ms = 0;
  std::chrono::steady_clock::time_point first_token;  // meaningless while tokens is 0
};

struct Answer {
  std::string text;
  Finish finish = Finish::end_token;
  AnswerSpeed speed;
  std::optional<Error> error;  // what cut the answer short; `text` is what came before
};

// Feeds `prompt` and generates behind it, handing each token on as it comes. An interruption while
// the prompt is read is an error of code canceled, a later one is Finish::interrupted. Whatever
// fails once the answer has begun is told in Answer::error.
Expected<Answer> give_answer(Generator& generator, std::span<const int32_t> prompt,
                             const GenerateOptions& options,
                             const std::function<Status(const GeneratedToken&)>& take,
                             const Generator::Interrupted& interrupted);

// Of the answer, behind its first token: that one comes with the prompt. 0 where there is none.
double tokens_per_s(const AnswerSpeed& speed);
// "stop", "length" or "interrupted", as OpenAI and Ollama name what ended an answer.
std::string_view reason_of(Finish finish);

double milliseconds(std::chrono::steady_clock::duration time);

// "prompt 12 tokens (8 from the cache), 130.1 tokens/s; answer 40 tokens, 35.0 tokens/s"
std::string speed_text(const AnswerSpeed& speed);

}  // namespace hone::cli
