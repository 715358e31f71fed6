// Perplexity of a text as llama-perplexity computes it: how surprised a model is by each next
// token.
//
// The tokens are cut into windows, a remainder is dropped. Each window stands alone; its first
// token becomes bos if the model wants one there. The tokens behind its middle are scored, each by
// the logits of the one before it: the first half only gives them a context. The result is exp of
// the mean negative log-likelihood; its uncertainty is that mean's standard error times the result.
// Source: llama.cpp, tools/perplexity/perplexity.cpp.
#pragma once

#include <functional>
#include <span>

#include "llm/generate/language_model.h"

namespace hone {

inline constexpr int64_t kMinPerplexityWindow = 8;

struct PerplexityOptions {
  int64_t window = 512;  // tokens; at least kMinPerplexityWindow and at most the model's context
  int64_t max_windows = -1;  // below zero: all that the text has
  int32_t bos = -1;          // put in the place of each window's first token; below zero: none
};

struct Perplexity {
  double value = 0;
  double uncertainty = 0;
  int64_t windows = 0;
  int64_t scored = 0;  // tokens
};

// Windows that a text of so many tokens gives.
int64_t perplexity_windows(size_t tokens, const PerplexityOptions& options);

// Claims a sequence of the model for its work. `after_window` is told the perplexity so far and
// ends the work by an error. invalid_argument when the text is shorter than one window.
Expected<Perplexity> measure_perplexity(
    LanguageModel& model, std::span<const int32_t> tokens, const PerplexityOptions& options,
    const std::function<Status(const Perplexity& so_far)>& after_window = {});

// -log(softmax(logits)[token]).
double token_loss(std::span<const float> logits, int32_t token);

}  // namespace hone
