// Sampler: chooses the next token from a model's logits.
//
// The steps and their order are those that users of llama.cpp know: logit bias, penalties, DRY,
// top-k, typical-p, top-p, min-p, XTC, temperature, draw. A step with its neutral setting does
// nothing.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/error.h"
#include "llm/sample/random.h"

namespace hone {

struct LogitBias {
  int32_t token = 0;
  float bias = 0;  // added to the logit; minus infinity forbids the token
};

struct SampleOptions {
  uint64_t seed = 0;
  float temperature = 0.8f;      // 0: the most probable token, the lowest id on ties
  int32_t top_k = 40;            // keep the k most probable; 0: all
  float top_p = 0.95f;           // keep the smallest set with that probability; 1: all
  float min_p = 0.05f;           // keep what has that share of the best one's probability; 0: all
  float typical_p = 1.0f;        // locally typical sampling (arXiv 2202.00666); 1: off
  float xtc_probability = 0.0f;  // how often to exclude top choices; 0: off
  float xtc_threshold = 0.1f;    // XTC drops all but the least of those above it; over 0.5: off
  float repeat_penalty =
      1.0f;  // divides positive logits of recent tokens (arXiv 1909.05858); 1: off
  float frequency_penalty = 0.0f;  // subtracted for each time a token stood in the window
  float presence_penalty = 0.0f;   // subtracted once for a token that stood in the window
  int32_t penalty_last_n = 64;     // the window in tokens; 0: off, -1: everything accepted
  float dry_multiplier = 0.0f;     // against repeated sequences; 0: off
  float dry_base = 1.75f;          // penalty = multiplier * base^(length - allowed)
  int32_t dry_allowed_length = 2;  // repeating so many tokens costs nothing yet
  int32_t dry_last_n = 1024;       // the window in tokens
  std::vector<LogitBias> logit_bias;
  int32_t top_logprobs = -1;  // how many alternatives to report; -1: no logprobs at all

  // Calls visitor(name, member) for each option; the names are those of the command line and of
  // JSON.
  template <class Visitor>
  void visit(Visitor&& visitor) {
    visitor("seed", seed);
    visitor("temperature", temperature);
    visitor("top_k", top_k);
    visitor("top_p", top_p);
    visitor("min_p", min_p);
    visitor("typical_p", typical_p);
    visitor("xtc_probability", xtc_probability);
    visitor("xtc_threshold", xtc_threshold);
    visitor("repeat_penalty", repeat_penalty);
    visitor("frequency_penalty", frequency_penalty);
    visitor("presence_penalty", presence_penalty);
    visitor("penalty_last_n", penalty_last_n);
    visitor("dry_multiplier", dry_multiplier);
    visitor("dry_base", dry_base);
    visitor("dry_allowed_length", dry_allowed_length);
    visitor("dry_last_n", dry_last_n);
    visitor("logit_bias", logit_bias);
    visitor("top_logprobs", top_logprobs);
  }
};

inline constexpr int32_t kMaxTopLogprobs = 100;
inline constexpr int32_t kMaxWindow = 1 << 20;
inline constexpr int32_t kMaxLogits = 1 << 24;
inline constexpr size_t kMaxLogitBias = 4096;

// Each option in its range, or an error naming it, its value and the range.
Status check(const SampleOptions& options);

struct TokenLogprob {
  int32_t token = 0;
  float logprob = 0;
};

struct Sampled {
  int32_t token = 0;
  float logprob = 0;  // natural, of the model's own distribution: before every step; 0 if not asked
  std::span<const TokenLogprob> top;  // best first; valid until the next sample()
};

// The last accepted tokens and how often each stands among them.
class TokenWindow {
 public:
  // At most `size` tokens are kept; below zero: all.
  explicit TokenWindow(int64_t size) : size_(size) {}
  void push(int32_t token);
  void clear();
  std::span<const int32_t> tokens() const { return std::span(tokens_).subspan(start_); }
  // Calls use(token, count) once for each different token below `vocabulary`.
  template <class Use>
  void for_each(size_t vocabulary, const Use& use) {
    for (const int32_t token : tokens()) {
      int32_t& count = counts_[static_cast<size_t>(token)];
      if (count <= 0) continue;
      if (static_cast<size_t>(token) < vocabulary) use(token, count);
      count = -count;  // seen
    }
    for (const int32_t token : tokens()) {
      int32_t& count = counts_[static_cast<size_t>(token)];
      count = count < 0 ? -count : count;
    }
  }

 private:
  int64_t size_;
  size_t start_ = 0;  // tokens before it have left the window
  std::vector<int32_t> tokens_;
  std::vector<int32_t> counts_;  // by token
};

// Not for several threads at once. After the first call sample() allocates nothing.
class Sampler {
 public:
  // Errors: an option out of its range.
  static Expected<Sampler> make(SampleOptions options);

  // Errors: NaN or plus infinity anywhere; no token left. Minus infinity forbids a token.
  Expected<Sampled> sample(std::span<const float> logits);

  // Tells which token was taken (a prompt's, too), for the penalties.
  void accept(int32_t token);

  // Forgets the accepted tokens and starts the random numbers anew.
  void reset();

  const SampleOptions& options() const { return options_; }

 private:
  struct Candidate {
    int32_t token;
    float logit;
    float probability;  // of the candidates; while keeping typical ones, their distance
  };

  explicit Sampler(SampleOptions options);

  bool changes_logits() const;
  void adjust(std::span<const float> logits);
  void penalize_repeats();
  void penalize_sequences();
  void gather(std::span<const float> logits);
  void gather_best(std::span<const float> logits, size_t count);
  double set_probabilities(float scale);
  void keep_typical();
  void keep_top_p();
  void keep_min_p();
  void exclude_top_choices();
  int32_t draw();
  void report(std::span<const float> logits, Sampled& sampled);

  SampleOptions options_;
  Random random_;
  TokenWindow window_;
  TokenWindow dry_window_;
  std::vector<float> adjusted_;
  std::vector<Candidate> candidates_;
  std::vector<int32_t> match_lengths_;
  std::vector<std::pair<int32_t, int32_t>>
      matches_;  // token, length of the sequence it would repeat
  std::vector<TokenLogprob> top_;
};

}  // namespace hone
