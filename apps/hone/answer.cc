#include "answer.h"

namespace hone::cli {
namespace {

using Clock = std::chrono::steady_clock;

double per_s(int64_t tokens, double ms) {
  return ms > 0 ? static_cast<double>(tokens) / ms * 1000 : 0;
}

std::string rate(double tokens_per_s) { return cat(fixed(tokens_per_s, 1), " tokens/s"); }

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
  auto finish = generator.generate(options, count_and_take, interrupted);
  speed.answer_ms = milliseconds(Clock::now() - fed);
  if (finish) answer.finish = *finish;
  if (!finish) answer.error = std::move(finish).error();
  return answer;
}

double tokens_per_s(const AnswerSpeed& speed) {
  return speed.tokens > 1 ? per_s(speed.tokens - 1, speed.answer_ms) : 0;
}

std::string_view reason_of(Finish finish) {
  switch (finish) {
    case Finish::end_token:
    case Finish::stop_string:
      return "stop";
    case Finish::max_tokens:
    case Finish::context_full:
      return "length";
    case Finish::interrupted:
      break;
  }
  return "interrupted";
}

double milliseconds(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

std::string speed_text(const AnswerSpeed& speed) {
  const std::string reused =
      speed.reused_tokens > 0 ? cat(" (", speed.reused_tokens, " from the cache)") : "";
  return cat("prompt ", speed.prompt_tokens, " tokens", reused, ", ",
             rate(per_s(speed.prompt_tokens - speed.reused_tokens, speed.prompt_ms)), "; answer ",
             speed.tokens, speed.tokens == 1 ? " token" : " tokens",
             speed.tokens > 1 ? cat(", ", rate(tokens_per_s(speed))) : "");
}

}  // namespace hone::cli
