// Generator: a prompt in, tokens out, the cache of what was said before reused.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "llm/generate/language_model.h"
#include "llm/sample/sampler.h"
#include "llm/tokenizer/tokenizer.h"

namespace hone {

struct GenerateOptions {
  int64_t max_tokens = -1;  // below zero: until the model ends or the context is full
  std::vector<std::string> stop;
  bool ignore_end = false;  // go on behind tokens that end an answer
};

enum class Finish : uint8_t {
  end_token,    // the model said that it is done
  stop_string,  // the text came to one of the stop strings
  max_tokens,
  context_full,
  interrupted,  // `interrupted` said so
};

struct GeneratedToken {
  int32_t id = 0;
  std::string text;  // whole characters that this token completes, stop strings held back
  const Sampled* sampled = nullptr;  // with logprobs if the sampler gives them; valid in the call
};

// Holds references to model and tokenizer, which must outlive it and stay where they are. One call
// at a time on a model, but several Generators may take turns: each claims a sequence of the cache
// at construction and gives it back at destruction. Move only.
class Generator {
 public:
  // Where the model has no sequence left, feed says so.
  Generator(LanguageModel& model, const Tokenizer& tokenizer, Sampler sampler)
      : model_(model),
        tokenizer_(tokenizer),
        sampler_(std::move(sampler)),
        sequence_(model.claim_sequence()) {}

  using Interrupted = std::function<bool()>;

  // Makes the cache hold exactly `prompt`. Positions that hold the same tokens already are not run
  // again. Returns how many were reused.
  Expected<size_t> feed(std::span<const int32_t> prompt, const Interrupted& interrupted = {});
  // Generates behind what was fed, handing each token on as it comes. Once it ended for any other
  // reason than the model's own end, feed comes before the next call.
  Expected<Finish> generate(const GenerateOptions& options,
                            const std::function<Status(const GeneratedToken&)>& take,
                            const Interrupted& interrupted = {});

  // What the cache holds: the prompt and what was generated, but for the last token when generation
  // was cut short.
  std::span<const int32_t> history() const { return history_; }
  void set_sampler(Sampler sampler) { sampler_ = std::move(sampler); }
  const Sampler& sampler() const { return sampler_; }

 private:
  Status keep_logits(Expected<std::span<const float>> logits);
  Status refresh_logits();

  LanguageModel& model_;
  const Tokenizer& tokenizer_;
  Sampler sampler_;
  Expected<ClaimedSequence> sequence_;
  std::vector<int32_t> history_;
  std::span<const float> logits_;  // behind the last token of history_
  uint64_t run_ = 0;               // of the model, which made them
};

}  // namespace hone
