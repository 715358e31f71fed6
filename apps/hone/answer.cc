#include "answer.h"

#include <cstdio>

namespace hone::cli {
namespace {

using Clock = std::chrono::steady_clock;

std::string rate(int64_t tokens, double ms) {
  char text[64];
  std::snprintf(text, sizeof text, "%.1f tokens/s",
                ms > 0 ? static_cast<double>(tokens) / ms * 1000 : 0.0);
  return text;
}

}  // namespace

Expected<Answer> give_answer(Generator& generator, std::span<const int32_t> prompt,
                             const GenerateOptions& options,
                             const std::function<Status(const GeneratedToken&)>& take,
                             const Generator::Interrupted& interrupted) {
  Answer answer;
  AnswerSpeed& speed = answer.speed;
  speed.prompt_tokens = static_cast<int64_t>(prompt.size());
  const auto start = Clock::now();
  HONE_TRY(const size_t reused, generator.feed(prompt, interrupted));
  speed.reused_tokens = static_cast<int64_t>(reused);
  const auto fed = Clock::now();
  speed.prompt_ms = milliseconds(fed - start);
  const auto count_and_take = [&](const GeneratedToken& token) {
    if (token.id != kNoToken && speed.tokens++ == 0) speed.first_token = Clock::now();
    answer.text += token.text;
    return take(token);
  };
  HONE_TRY(answer.finish, generator.generate(options, count_and_take, interrupted));
  speed.answer_ms = milliseconds(Clock::now() - fed);
  return answer;
}

double milliseconds(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

std::string speed_text(const AnswerSpeed& speed) {
  const std::string reused =
      speed.reused_tokens > 0 ? cat(" (", speed.reused_tokens, " from the cache)") : "";
  return cat("prompt ", speed.prompt_tokens, " tokens", reused, ", ",
             rate(speed.prompt_tokens - speed.reused_tokens, speed.prompt_ms), "; answer ",
             speed.tokens, speed.tokens == 1 ? " token" : " tokens",
             // The first token comes with the prompt: one alone has no speed.
             speed.tokens > 1 ? cat(", ", rate(speed.tokens - 1, speed.answer_ms)) : "");
}

}  // namespace hone::cli
