#include "llm/sample/sampler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <string_view>

#include "llm/sample/peak.h"
#include "llm/sample/portable_math.h"

namespace hone {
namespace {

// Below it 1 / temperature times a difference of 0 could be no number.
constexpr float kColdest = 1e-6f;
constexpr float kForbidden = -std::numeric_limits<float>::infinity();

Status check_range(std::string_view name, double value, double low, double high) {
  if (value >= low && value <= high) return {};  // NaN is not
  return fail(Code::invalid_argument, name, " is ", value, "; it must lie between ", low, " and ",
              high);
}

// Best first; the lower id on ties, so that every platform sorts alike.
constexpr auto kBetter = [](const auto& a, const auto& b) {
  return a.logit > b.logit || (a.logit == b.logit && a.token < b.token);
};

// Keeps the `count` best of a stream in a heap whose top is the worst kept.
template <class Item, class Better>
void keep_best(std::vector<Item>& heap, size_t count, const Item& item, const Better& better) {
  if (heap.size() == count) {
    std::ranges::pop_heap(heap, better);
    heap.back() = item;
  } else {
    heap.push_back(item);
  }
  std::ranges::push_heap(heap, better);
}

// Sorts a growing prefix: the common case needs only the first few of many candidates.
template <class Item, class Before>
class SortedPrefix {
 public:
  SortedPrefix(std::vector<Item>& items, Before before) : items_(items), before_(before) {}

  const Item& at(size_t i) {
    while (i >= sorted_) {
      const size_t next = std::min(items_.size(), std::max<size_t>(64, sorted_ * 4));
      const auto start = items_.begin() + static_cast<ptrdiff_t>(sorted_);
      const auto end = items_.begin() + static_cast<ptrdiff_t>(next);
      if (end != items_.end()) std::nth_element(start, end, items_.end(), before_);
      std::sort(start, end, before_);
      sorted_ = next;
    }
    return items_[i];
  }

 private:
  std::vector<Item>& items_;
  Before before_;
  size_t sorted_ = 0;
};

}  // namespace

Status check(const SampleOptions& options) {
  struct Range {
    std::string_view name;
    double value, low, high;
  };
  constexpr double kMany = kMaxLogits;
  const Range ranges[] = {
      {"temperature", options.temperature, 0, 100},
      {"top_k", static_cast<double>(options.top_k), 0, kMany},
      {"top_p", options.top_p, 0, 1},
      {"min_p", options.min_p, 0, 1},
      {"typical_p", options.typical_p, 0, 1},
      {"xtc_probability", options.xtc_probability, 0, 1},
      {"xtc_threshold", options.xtc_threshold, 0, 1},
      {"repeat_penalty", options.repeat_penalty, 0.01, 100},
      {"frequency_penalty", options.frequency_penalty, -100, 100},
      {"presence_penalty", options.presence_penalty, -100, 100},
      {"penalty_last_n", static_cast<double>(options.penalty_last_n), -1, kMaxWindow},
      {"dry_multiplier", options.dry_multiplier, 0, 100},
      {"dry_base", options.dry_base, 1, 10},
      {"dry_allowed_length", static_cast<double>(options.dry_allowed_length), 1, kMaxWindow},
      {"dry_last_n", static_cast<double>(options.dry_last_n), 0, kMaxWindow},
      {"top_logprobs", static_cast<double>(options.top_logprobs), -1, kMaxTopLogprobs},
      {"the number of logit biases", static_cast<double>(options.logit_bias.size()), 0,
       static_cast<double>(kMaxLogitBias)},
  };
  for (const Range& range : ranges) {
    HONE_RETURN_IF_ERROR(check_range(range.name, range.value, range.low, range.high));
  }
  for (const LogitBias& bias : options.logit_bias) {
    if (bias.bias == kForbidden) continue;
    HONE_RETURN_IF_ERROR(check_range("a logit bias", bias.bias, -1000, 1000));
    HONE_RETURN_IF_ERROR(check_range("the token of a logit bias", bias.token, 0, kMany));
  }
  return {};
}

void TokenWindow::push(int32_t token) {
  if (size_ == 0 || token < 0 || token >= kMaxLogits) return;
  const auto id = static_cast<size_t>(token);
  if (id >= counts_.size()) counts_.resize(std::max(id + 1, counts_.size() * 2));
  tokens_.push_back(token);
  ++counts_[id];
  if (size_ < 0 || tokens().size() <= static_cast<size_t>(size_)) return;
  --counts_[static_cast<size_t>(tokens_[start_])];
  ++start_;
  if (start_ >= 2 * static_cast<size_t>(size_)) {  // seldom, so that a step costs O(1)
    tokens_.erase(tokens_.begin(), tokens_.begin() + static_cast<ptrdiff_t>(start_));
    start_ = 0;
  }
}

void TokenWindow::clear() {
  tokens_.clear();
  counts_.clear();
  start_ = 0;
}

Expected<Sampler> Sampler::make(SampleOptions options) {
  HONE_RETURN_IF_ERROR(check(options));
  return Sampler(std::move(options));
}

Sampler::Sampler(SampleOptions options)
    : options_(std::move(options)),
      random_(options_.seed),
      window_(options_.penalty_last_n),
      dry_window_(options_.dry_last_n) {}

void Sampler::reset() {
  random_ = Random(options_.seed);
  window_.clear();
  dry_window_.clear();
}

void Sampler::accept(int32_t token) {
  window_.push(token);
  dry_window_.push(token);
}

Expected<Sampled> Sampler::sample(std::span<const float> logits) {
  if (logits.empty() || logits.size() > static_cast<size_t>(kMaxLogits)) {
    return fail(Code::invalid_argument, "there are ", logits.size(), " logits to sample from");
  }
  std::span<const float> scores = logits;
  if (changes_logits()) {
    adjust(logits);
    scores = adjusted_;
  }
  const Peak peak = find_peak(scores);
  if (!peak.valid) {
    return fail(Code::corrupt,
                "the model gave a logit that is no number; its weights may be damaged");
  }
  if (peak.logit == kForbidden) return fail(Code::invalid_argument, "every token is forbidden");
  Sampled sampled{static_cast<int32_t>(peak.index), 0, {}};
  if (options_.temperature > 0) {
    gather(scores);
    keep_typical();
    keep_top_p();
    keep_min_p();
    exclude_top_choices();
    sampled.token = draw();
  }
  if (options_.top_logprobs >= 0) report(logits, sampled);
  return sampled;
}

bool Sampler::changes_logits() const {
  const bool penalties = options_.repeat_penalty != 1 || options_.frequency_penalty != 0 ||
                         options_.presence_penalty != 0;
  return !options_.logit_bias.empty() || penalties || options_.dry_multiplier > 0;
}

void Sampler::adjust(std::span<const float> logits) {
  adjusted_.assign(logits.begin(), logits.end());
  for (const LogitBias& bias : options_.logit_bias) {
    const auto token = static_cast<size_t>(bias.token);
    if (token < adjusted_.size()) adjusted_[token] += bias.bias;
  }
  penalize_repeats();
  if (options_.dry_multiplier > 0) penalize_sequences();
}

void Sampler::penalize_repeats() {
  window_.for_each(adjusted_.size(), [&](int32_t token, int32_t count) {
    float& logit = adjusted_[static_cast<size_t>(token)];
    logit = logit > 0 ? logit / options_.repeat_penalty : logit * options_.repeat_penalty;
    logit -= static_cast<float>(count) * options_.frequency_penalty + options_.presence_penalty;
  });
}

// DRY: a token that would go on repeating an earlier sequence pays more the longer the sequence is.
// match_lengths_[i] is how many tokens before the last i ones equal the last ones: the Z function
// of the tokens read backwards, in linear time.
void Sampler::penalize_sequences() {
  const std::span<const int32_t> tokens = dry_window_.tokens();
  const size_t n = tokens.size();
  const auto back = [&](size_t i) { return tokens[n - 1 - i]; };
  match_lengths_.assign(n, 0);
  matches_.clear();
  size_t left = 0;
  size_t right = 0;
  for (size_t i = 1; i < n; ++i) {
    size_t length = 0;
    if (i < right) length = std::min(right - i, static_cast<size_t>(match_lengths_[i - left]));
    while (i + length < n && back(length) == back(i + length)) ++length;
    match_lengths_[i] = static_cast<int32_t>(length);
    if (i + length > right) {
      left = i;
      right = i + length;
    }
    const auto repeated = static_cast<int32_t>(length);
    if (repeated >= options_.dry_allowed_length) matches_.emplace_back(back(i - 1), repeated);
  }
  std::ranges::sort(matches_, std::ranges::greater());
  int32_t done = -1;  // each token pays once, for its longest sequence
  for (const auto& [token, length] : matches_) {
    if (token == done || static_cast<size_t>(token) >= adjusted_.size()) continue;
    done = token;
    constexpr float kMaxPenalty = 1e6f;
    float penalty = options_.dry_multiplier;
    for (int32_t i = options_.dry_allowed_length; i < length && penalty < kMaxPenalty; ++i) {
      penalty *= options_.dry_base;
    }
    adjusted_[static_cast<size_t>(token)] -= penalty;
  }
}

void Sampler::gather(std::span<const float> logits) {
  candidates_.clear();
  const auto k = static_cast<size_t>(options_.top_k);
  if (k > 0 && k < logits.size()) {
    gather_best(logits, k);
    return;
  }
  candidates_.reserve(logits.size());
  for (size_t i = 0; i < logits.size(); ++i) {
    if (logits[i] == kForbidden) continue;
    candidates_.push_back({static_cast<int32_t>(i), logits[i], 0});
  }
}

void Sampler::gather_best(std::span<const float> logits, size_t count) {
  candidates_.reserve(count);
  float worst = kForbidden;
  for (size_t i = 0; i < logits.size(); ++i) {
    if (!(logits[i] > worst)) continue;  // on ties the lower id stays
    keep_best(candidates_, count, Candidate{static_cast<int32_t>(i), logits[i], 0}, kBetter);
    if (candidates_.size() == count) worst = candidates_.front().logit;
  }
  std::ranges::sort(candidates_, kBetter);
}

// Sets weights e^((logit - best) * scale); returns their sum.
double Sampler::set_probabilities(float scale) {
  float best = kForbidden;
  for (const Candidate& candidate : candidates_) best = std::max(best, candidate.logit);
  double sum = 0;
  for (Candidate& candidate : candidates_) {
    candidate.probability = portable_exp((candidate.logit - best) * scale);
    sum += static_cast<double>(candidate.probability);
  }
  return sum;
}

// The tokens whose surprise is nearest to the distribution's entropy, up to the asked probability.
void Sampler::keep_typical() {
  if (options_.typical_p >= 1 || candidates_.size() < 2) return;
  const double sum = set_probabilities(1);
  const double log_sum = portable_log(sum);
  float best = kForbidden;
  for (const Candidate& candidate : candidates_) best = std::max(best, candidate.logit);
  const auto surprise = [&](const Candidate& c) {
    return log_sum - static_cast<double>(c.logit - best);
  };
  double entropy = 0;
  for (const Candidate& c : candidates_) {
    entropy += static_cast<double>(c.probability) / sum * surprise(c);
  }
  for (Candidate& c : candidates_) {
    c.probability = static_cast<float>(std::abs(surprise(c) - entropy));
  }
  SortedPrefix nearest(candidates_, [](const Candidate& a, const Candidate& b) {
    return a.probability < b.probability || (a.probability == b.probability && a.token < b.token);
  });
  double kept = 0;
  size_t count = 0;
  while (count < candidates_.size() && kept <= static_cast<double>(options_.typical_p)) {
    kept += static_cast<double>(portable_exp(nearest.at(count).logit - best)) / sum;
    ++count;
  }
  candidates_.resize(count);
}

void Sampler::keep_top_p() {
  if (options_.top_p >= 1 || candidates_.size() < 2) return;
  const double enough = set_probabilities(1) * static_cast<double>(options_.top_p);
  SortedPrefix sorted(candidates_, kBetter);
  double kept = 0;
  size_t count = 0;
  while (count < candidates_.size()) {
    kept += static_cast<double>(sorted.at(count).probability);
    ++count;
    if (kept >= enough) break;
  }
  candidates_.resize(count);
}

void Sampler::keep_min_p() {
  if (options_.min_p <= 0 || candidates_.size() < 2) return;
  set_probabilities(1);  // the best one's weight is 1
  std::erase_if(candidates_, [&](const Candidate& c) { return c.probability < options_.min_p; });
}

// XTC: of the tokens above the threshold only the least probable stays.
void Sampler::exclude_top_choices() {
  if (options_.xtc_probability <= 0 || options_.xtc_threshold > 0.5f) return;
  if (candidates_.size() < 2) return;
  if (random_.uniform() >= static_cast<double>(options_.xtc_probability)) return;
  const double threshold = set_probabilities(1) * static_cast<double>(options_.xtc_threshold);
  const auto above = [&](const Candidate& c) {
    return static_cast<double>(c.probability) >= threshold;
  };
  const Candidate* least = nullptr;
  for (const Candidate& c : candidates_) {
    if (above(c) && (least == nullptr || kBetter(*least, c))) least = &c;
  }
  if (least == nullptr) return;
  const int32_t stays = least->token;
  std::erase_if(candidates_, [&](const Candidate& c) { return above(c) && c.token != stays; });
}

int32_t Sampler::draw() {
  const double sum = set_probabilities(1 / std::max(options_.temperature, kColdest));
  double left = random_.uniform() * sum;
  int32_t last = candidates_.front().token;
  for (const Candidate& candidate : candidates_) {
    last = candidate.token;
    left -= static_cast<double>(candidate.probability);
    if (left < 0) break;
  }
  return last;
}

void Sampler::report(std::span<const float> logits, Sampled& sampled) {
  const Peak peak = find_peak(logits);
  double sum = 0;
  constexpr size_t kBlock = 64;  // weights first, then their sum: the first loop vectorizes
  std::array<float, kBlock> weights;
  for (size_t i = 0; i < logits.size(); i += kBlock) {
    const size_t size = std::min(kBlock, logits.size() - i);
    for (size_t j = 0; j < size; ++j) weights[j] = portable_exp(logits[i + j] - peak.logit);
    for (size_t j = 0; j < size; ++j) sum += static_cast<double>(weights[j]);
  }
  const float log_sum = static_cast<float>(portable_log(sum));
  const auto logprob = [&](float logit) { return logit - peak.logit - log_sum; };
  sampled.logprob = logprob(logits[static_cast<size_t>(sampled.token)]);

  const auto count = std::min(static_cast<size_t>(options_.top_logprobs), logits.size());
  const auto better = [](const TokenLogprob& a, const TokenLogprob& b) {
    return a.logprob > b.logprob || (a.logprob == b.logprob && a.token < b.token);
  };
  top_.clear();
  top_.reserve(count);
  for (size_t i = 0; i < logits.size() && count > 0; ++i) {
    if (top_.size() == count && !(logits[i] > top_.front().logprob)) continue;
    keep_best(top_, count, TokenLogprob{static_cast<int32_t>(i), logits[i]}, better);
  }
  std::ranges::sort(top_, better);
  for (TokenLogprob& entry : top_) entry.logprob = logprob(entry.logprob);
  sampled.top = top_;
}

}  // namespace hone
