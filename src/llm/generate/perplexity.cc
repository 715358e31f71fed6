#include "llm/generate/perplexity.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "llm/sample/portable_math.h"

namespace hone {
namespace {

// Sums over all scored tokens.
struct Losses {
  double sum = 0;
  double sum_of_squares = 0;
  int64_t count = 0;

  void add(double loss) {
    sum += loss;
    sum_of_squares += loss * loss;
    ++count;
  }
  Perplexity result(int64_t windows) const {
    const double n = static_cast<double>(count);
    const double mean = sum / n;
    const double variance = sum_of_squares / n - mean * mean;
    const double error = count > 1 && variance > 0 ? std::sqrt(variance / (n - 1)) : 0;
    return {std::exp(mean), error * std::exp(mean), windows, count};
  }
};

Status score_window(LanguageModel& model, std::span<const int32_t> window, int64_t sequence,
                    Losses& losses) {
  const size_t middle = window.size() / 2;
  model.truncate(sequence, 0);
  const auto position = static_cast<int64_t>(middle);
  HONE_TRY([[maybe_unused]] const auto unused, model.evaluate(window.first(middle), 0, sequence));
  return model.evaluate_all(window.subspan(middle, window.size() - 1 - middle), position, sequence,
                            [&](size_t i, std::span<const float> logits) {
                              losses.add(token_loss(logits, window[middle + i + 1]));
                            });
}

Status check(size_t tokens, const LanguageModel& model, const PerplexityOptions& options) {
  if (options.window < kMinPerplexityWindow || options.window > model.context()) {
    return fail(Code::invalid_argument, "a window must have between ", kMinPerplexityWindow,
                " and ", model.context(), " tokens, not ", options.window);
  }
  if (perplexity_windows(tokens, options) == 0) {
    return fail(Code::invalid_argument, "the text has ", tokens, " tokens, and one window needs ",
                options.window, "; take a longer text or a smaller window with -c");
  }
  return {};
}

}  // namespace

double token_loss(std::span<const float> logits, int32_t token) {
  const float highest = *std::ranges::max_element(logits);
  // In blocks, so that the exponentials are computed side by side and summed as doubles.
  std::array<float, 256> block;
  double sum = 0;
  for (size_t begin = 0; begin < logits.size(); begin += block.size()) {
    const size_t count = std::min(block.size(), logits.size() - begin);
    for (size_t i = 0; i < count; ++i) block[i] = portable_exp(logits[begin + i] - highest);
    for (size_t i = 0; i < count; ++i) sum += static_cast<double>(block[i]);
  }
  return std::log(sum) - static_cast<double>(logits[static_cast<size_t>(token)] - highest);
}

int64_t perplexity_windows(size_t tokens, const PerplexityOptions& options) {
  const int64_t all = static_cast<int64_t>(tokens) / options.window;
  return options.max_windows < 0 ? all : std::min(all, options.max_windows);
}

Expected<Perplexity> measure_perplexity(
    LanguageModel& model, std::span<const int32_t> tokens, const PerplexityOptions& options,
    const std::function<Status(const Perplexity& so_far)>& after_window) {
  HONE_RETURN_IF_ERROR(check(tokens.size(), model, options));
  // A window's last token is never run, only looked up in the logits.
  for (const int32_t token : tokens) {
    if (token < 0 || token >= model.info().vocab_size) {
      return fail(Code::invalid_argument, "token ", token, " is not in the model's vocabulary of ",
                  model.info().vocab_size);
    }
  }
  HONE_TRY(const ClaimedSequence sequence, model.claim_sequence());
  const int64_t windows = perplexity_windows(tokens.size(), options);
  const auto size = static_cast<size_t>(options.window);
  Losses losses;
  for (int64_t i = 0; i < windows; ++i) {
    const auto part = tokens.subspan(static_cast<size_t>(i) * size, size);
    std::vector<int32_t> window(part.begin(), part.end());
    if (options.bos >= 0) window[0] = options.bos;
    HONE_RETURN_IF_ERROR(score_window(model, window, sequence.id(), losses));
    if (after_window) HONE_RETURN_IF_ERROR(after_window(losses.result(i + 1)));
  }
  return losses.result(windows);
}

}  // namespace hone
