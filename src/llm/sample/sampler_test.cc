#include "llm/sample/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <random>

#include "llm/sample/peak.h"
#include "llm/sample/portable_math.h"

namespace hone {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

SampleOptions neutral() {
  SampleOptions options;
  options.temperature = 1;
  options.top_k = 0;
  options.top_p = 1;
  options.min_p = 0;
  return options;
}

Sampler made(SampleOptions options) {
  auto sampler = Sampler::make(std::move(options));
  EXPECT_TRUE(sampler) << sampler.error().text();
  return *std::move(sampler);
}

std::vector<float> random_logits(size_t size, uint64_t seed, float spread = 3) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal(0, spread);
  std::vector<float> logits(size);
  for (float& logit : logits) logit = normal(random);
  return logits;
}

// How often each token comes out of n draws.
std::map<int32_t, int> draws(Sampler& sampler, std::span<const float> logits, int n) {
  std::map<int32_t, int> counts;
  for (int i = 0; i < n; ++i) {
    const auto sampled = sampler.sample(logits);
    EXPECT_TRUE(sampled);
    ++counts[sampled->token];
  }
  return counts;
}

std::vector<double> softmax(std::span<const float> logits, double temperature = 1) {
  const double best = *std::ranges::max_element(logits);
  std::vector<double> out;
  for (const float logit : logits) out.push_back(std::exp((logit - best) / temperature));
  const double sum = std::accumulate(out.begin(), out.end(), 0.0);
  for (double& p : out) p /= sum;
  return out;
}

// The tokens that truncation leaves, by the definitions of the steps: the obvious way, in double.
std::vector<int32_t> reference_kept(std::span<const float> logits, const SampleOptions& o) {
  std::vector<int32_t> ids(logits.size());
  std::iota(ids.begin(), ids.end(), 0);
  const auto by_logit = [&](int32_t a, int32_t b) {
    return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
  };
  std::ranges::sort(ids, by_logit);
  if (o.top_k > 0 && ids.size() > static_cast<size_t>(o.top_k)) ids.resize(o.top_k);
  const auto probabilities = [&] {
    std::vector<float> left;
    for (const int32_t id : ids) left.push_back(logits[id]);
    return softmax(left);
  };
  if (o.typical_p < 1) {
    const auto p = probabilities();
    double entropy = 0;
    for (const double x : p) entropy -= x * std::log(x);
    std::vector<size_t> order(ids.size());
    std::iota(order.begin(), order.end(), 0);
    const auto distance = [&](size_t i) { return std::abs(-std::log(p[i]) - entropy); };
    std::ranges::sort(order, [&](size_t a, size_t b) { return distance(a) < distance(b); });
    std::vector<int32_t> kept;
    double sum = 0;
    for (size_t i = 0; i < order.size() && sum <= o.typical_p; ++i) {
      kept.push_back(ids[order[i]]);
      sum += p[order[i]];
    }
    ids = kept;
    std::ranges::sort(ids, by_logit);
  }
  if (o.top_p < 1) {
    const auto p = probabilities();
    double sum = 0;
    size_t count = 0;
    while (count < ids.size() && sum < o.top_p) sum += p[count++];
    ids.resize(count);
  }
  if (o.min_p > 0) {
    const auto p = probabilities();
    const double least = p[0] * o.min_p;
    size_t count = 0;
    while (count < ids.size() && p[count] >= least) ++count;
    ids.resize(count);
  }
  std::ranges::sort(ids);
  return ids;
}

TEST(Random, IsPcg32) {
  Random random(42, 54);  // the demonstration program of pcg-random.org prints these
  for (const uint32_t expected :
       {0xa15c02b7u, 0x7b47f409u, 0xba1d3330u, 0x83d2f293u, 0xbfa4784bu, 0xcbed606eu}) {
    EXPECT_EQ(random.next(), expected);
  }
  for (int i = 0; i < 1000; ++i) {
    const double u = random.uniform();
    EXPECT_GE(u, 0);
    EXPECT_LT(u, 1);
  }
}

TEST(PortableMath, IsNearTheLibrary) {
  for (float x = -87; x < 88; x += 0.0137f) {
    EXPECT_NEAR(portable_exp(x) / std::exp(x), 1, 3e-7) << x;
  }
  EXPECT_LT(portable_exp(-1000), 2e-38f);
  EXPECT_LT(portable_exp(-kInfinity), 2e-38f);
  EXPECT_EQ(portable_exp(0), 1);
  for (double x = 1e-3; x < 1e9; x *= 1.01) {
    EXPECT_NEAR(portable_log(x), std::log(x), 1e-14 * std::max(1.0, std::abs(std::log(x)))) << x;
  }
}

TEST(Peak, FindsTheLowestBestAtEveryLengthAndPlace) {
  for (size_t size = 1; size < 70; ++size) {
    for (size_t at = 0; at < size; ++at) {
      std::vector<float> logits(size, -2);
      logits[at] = 1;
      if (at + 3 < size) logits[at + 3] = 1;
      EXPECT_EQ(find_peak(logits).index, at);
      for (const float bad : {kInfinity, std::nanf(""), -std::nanf("")}) {
        logits[at] = bad;
        EXPECT_FALSE(find_peak(logits).valid);
      }
      logits[at] = -kInfinity;
      EXPECT_TRUE(find_peak(logits).valid);
    }
  }
  const auto logits = random_logits(100'000, 3);
  EXPECT_EQ(find_peak(logits).index,
            static_cast<size_t>(std::ranges::max_element(logits) - logits.begin()));
}

TEST(Sampler, ZeroTemperatureTakesTheLowestBest) {
  SampleOptions options;
  options.temperature = 0;
  Sampler sampler = made(options);
  EXPECT_EQ(sampler.sample(std::vector<float>{1, 3, 2, 3})->token, 1);
  const auto logits = random_logits(50'000, 1);
  EXPECT_EQ(sampler.sample(logits)->token, std::ranges::max_element(logits) - logits.begin());
}

TEST(Sampler, SameSeedSameTokensEverywhere) {
  SampleOptions options;
  options.seed = 7;
  Sampler a = made(options);
  Sampler b = made(options);
  const std::vector<float> logits = {0, 1, 2, 3, 2.5f, 1.5f, 0.5f, 2.75f};
  std::vector<int32_t> first;
  for (int i = 0; i < 20; ++i) {
    first.push_back(a.sample(logits)->token);
    EXPECT_EQ(b.sample(logits)->token, first.back());
  }
  // Fixed numbers: another platform or compiler must give the same.
  EXPECT_EQ(first,
            (std::vector<int32_t>{7, 7, 3, 3, 3, 2, 7, 5, 3, 5, 3, 7, 7, 4, 7, 3, 7, 3, 3, 3}));
  a.reset();
  EXPECT_EQ(a.sample(logits)->token, first[0]);
}

TEST(Sampler, DrawsFollowTheDistribution) {
  const std::vector<float> logits = {0, 1, 2, -1, 0.5f, -kInfinity, 1.5f};
  for (const float temperature : {0.5f, 1.0f, 2.0f}) {
    SampleOptions options = neutral();
    options.temperature = temperature;
    Sampler sampler = made(options);
    constexpr int kDraws = 100'000;
    const auto counts = draws(sampler, logits, kDraws);
    const auto p = softmax(logits, temperature);
    for (size_t i = 0; i < logits.size(); ++i) {
      const auto found = counts.find(static_cast<int32_t>(i));
      const double share = found == counts.end() ? 0 : found->second / double{kDraws};
      EXPECT_NEAR(share, p[i], 5 * std::sqrt(p[i] * (1 - p[i]) / kDraws) + 1e-12) << i;
    }
  }
}

TEST(Sampler, KeepsWhatTheReferenceKeeps) {
  std::mt19937_64 random(11);
  const auto pick = [&](std::initializer_list<float> values) {
    return values.begin()[random() % values.size()];
  };
  for (int round = 0; round < 60; ++round) {
    SampleOptions options = neutral();
    options.seed = random();
    options.temperature = 50;  // flat, so that every kept token is drawn
    options.top_k = static_cast<int32_t>(pick({0, 1, 5, 20, 1000}));
    options.top_p = pick({1, 0.9f, 0.5f, 0.1f});
    options.min_p = pick({0, 0.02f, 0.3f});
    options.typical_p = pick({1, 1, 0.8f, 0.3f});
    const auto logits = random_logits(60, random(), 2);
    Sampler sampler = made(options);
    std::vector<int32_t> kept;
    for (const auto& [token, count] : draws(sampler, logits, 4000)) kept.push_back(token);
    EXPECT_EQ(kept, reference_kept(logits, options)) << options.top_k << " " << options.top_p << " "
                                                     << options.min_p << " " << options.typical_p;
  }
}

TEST(Sampler, TopKKeepsTheLowerIdsOnTies) {
  SampleOptions options = neutral();
  options.top_k = 2;
  Sampler sampler = made(options);
  const auto counts = draws(sampler, std::vector<float>{1, 2, 1, 2, 2, 2}, 200);
  EXPECT_EQ(counts.size(), 2u);
  EXPECT_TRUE(counts.contains(1) && counts.contains(3));
}

TEST(Sampler, PenaltiesFollowTheirFormulas) {
  SampleOptions options = neutral();
  options.temperature = 0;
  options.repeat_penalty = 2;
  options.penalty_last_n = 2;
  Sampler repeat = made(options);
  const std::vector<float> logits = {3, 2, -1};
  repeat.accept(0);
  EXPECT_EQ(repeat.sample(logits)->token, 1);  // 1.5 against 2
  repeat.accept(2);
  repeat.accept(2);  // 0 has left the window
  EXPECT_EQ(repeat.sample(logits)->token, 0);

  options.repeat_penalty = 1;
  options.frequency_penalty = 0.4f;
  options.penalty_last_n = -1;
  Sampler frequency = made(options);
  for (int i = 0; i < 2; ++i) frequency.accept(0);
  EXPECT_EQ(frequency.sample(logits)->token, 0);  // 2.2
  frequency.accept(0);
  EXPECT_EQ(frequency.sample(logits)->token, 1);  // 1.8
  options.frequency_penalty = 0;
  options.presence_penalty = 1.5f;
  Sampler presence = made(options);
  presence.accept(0);
  presence.accept(100);  // not in this vocabulary
  EXPECT_EQ(presence.sample(logits)->token, 1);
}

TEST(Sampler, DryBreaksRepetitions) {
  SampleOptions options = neutral();
  options.temperature = 0;
  options.dry_multiplier = 1;
  Sampler sampler = made(options);
  const std::vector<float> logits = {0, 0, 1, 0.5f};
  for (const int32_t token : {3, 1, 2, 0, 1}) sampler.accept(token);
  EXPECT_EQ(sampler.sample(logits)->token, 2);  // only one token repeats
  sampler.reset();
  for (const int32_t token : {3, 0, 1, 2, 0, 1}) sampler.accept(token);
  EXPECT_EQ(sampler.sample(logits)->token, 3);  // "0 1 2" would come again
}

TEST(Sampler, XtcDropsAllButTheLeastOfTheTop) {
  SampleOptions options = neutral();
  options.xtc_probability = 1;
  options.xtc_threshold = 0.2f;
  Sampler sampler = made(options);
  const std::vector<float> logits = {std::log(0.4f), std::log(0.3f), std::log(0.25f),
                                     std::log(0.05f)};
  const auto counts = draws(sampler, logits, 2000);
  EXPECT_EQ(counts.size(), 2u);
  EXPECT_TRUE(counts.contains(2) && counts.contains(3));
}

TEST(Sampler, LogitBiasForbidsAndPushes) {
  SampleOptions options = neutral();
  options.temperature = 0;
  options.logit_bias = {{1, -kInfinity}, {2, 5}, {99, 1}};
  Sampler sampler = made(options);
  EXPECT_EQ(sampler.sample(std::vector<float>{0, 9, 1})->token, 2);
  options.logit_bias = {{0, -kInfinity}, {1, -kInfinity}};
  EXPECT_FALSE(made(options).sample(std::vector<float>{0, 9}));
}

TEST(Sampler, LogprobsAreTheModels) {
  SampleOptions options;
  options.temperature = 0;
  options.top_logprobs = 5;
  options.logit_bias = {{3, 100}};
  Sampler sampler = made(options);
  const auto logits = random_logits(1000, 5);
  const auto sampled = sampler.sample(logits);
  ASSERT_TRUE(sampled);
  const auto p = softmax(logits);
  EXPECT_EQ(sampled->token, 3);
  EXPECT_NEAR(sampled->logprob, std::log(p[3]), 1e-5);
  ASSERT_EQ(sampled->top.size(), 5u);
  auto sorted = logits;
  std::ranges::sort(sorted, std::ranges::greater());
  for (size_t i = 0; i < 5; ++i) {
    const auto token = static_cast<size_t>(sampled->top[i].token);
    EXPECT_EQ(logits[token], sorted[i]);
    EXPECT_NEAR(sampled->top[i].logprob, std::log(p[token]), 1e-5);
  }
}

TEST(Sampler, BadLogitsAreErrors) {
  Sampler sampler = made({});
  EXPECT_FALSE(sampler.sample({}));
  EXPECT_FALSE(sampler.sample(std::vector<float>{-kInfinity, -kInfinity}));
  EXPECT_FALSE(sampler.sample(std::vector<float>{0, std::nanf(""), 1}));
  EXPECT_FALSE(sampler.sample(std::vector<float>{0, kInfinity, 1}));
  EXPECT_EQ(sampler.sample(std::vector<float>{-kInfinity, 1, -kInfinity})->token, 1);
  EXPECT_TRUE(sampler.sample(std::vector<float>{3e38f, -3e38f}));
}

TEST(Sampler, BadOptionsAreNamed) {
  SampleOptions options;
  options.top_p = 1.5f;
  const auto sampler = Sampler::make(options);
  ASSERT_FALSE(sampler);
  EXPECT_EQ(sampler.error().message, "top_p is 1.5; it must lie between 0 and 1");
  options = {};
  options.temperature = std::nanf("");
  EXPECT_FALSE(Sampler::make(options));
  options = {};
  options.logit_bias = {{0, kInfinity}};
  EXPECT_FALSE(Sampler::make(options));
}

TEST(Sampler, ExtremeSettingsStayInRange) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 300; ++round) {
    SampleOptions options;
    options.seed = random();
    options.temperature = round % 3 == 0 ? 1e-38f : 100.0f;
    options.top_p = static_cast<float>(random() % 3) / 2;
    options.min_p = static_cast<float>(random() % 3) / 2;
    options.typical_p = static_cast<float>(random() % 3) / 2;
    options.xtc_probability = static_cast<float>(random() % 2);
    options.xtc_threshold = 0;
    options.dry_multiplier = 100;
    options.dry_base = 10;
    options.repeat_penalty = 100;
    options.top_logprobs = 100;
    Sampler sampler = made(options);
    const auto logits = random_logits(1 + random() % 40, random(), 1e4f);
    for (int i = 0; i < 50; ++i) {
      const auto sampled = sampler.sample(logits);
      ASSERT_TRUE(sampled) << sampled.error().text();
      ASSERT_LT(static_cast<size_t>(sampled->token), logits.size());
      ASSERT_LE(sampled->logprob, 1e-3f);
      sampler.accept(sampled->token);
    }
  }
}

}  // namespace
}  // namespace hone
