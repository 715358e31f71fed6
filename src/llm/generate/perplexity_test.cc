#include "llm/generate/perplexity.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace hone {
namespace {

TEST(TokenLoss, IsTheNegativeLogOfTheSoftmax) {
  for (const size_t size : {1u, 2u, 255u, 256u, 257u, 5000u}) {
    std::vector<float> logits(size);
    for (size_t i = 0; i < size; ++i) {
      logits[i] = static_cast<float>(i * 2654435761u % 1000) / 20 - 25;
    }
    double sum = 0;
    for (const float logit : logits) sum += std::exp(static_cast<double>(logit));
    for (const size_t token : {size_t{0}, size / 2, size - 1}) {
      const double expected = std::log(sum) - static_cast<double>(logits[token]);
      EXPECT_NEAR(token_loss(logits, static_cast<int32_t>(token)), expected, 2e-6 * (1 + expected));
    }
  }
}

TEST(TokenLoss, LargeLogitsDoNotOverflow) {
  const std::vector<float> logits = {3e4f, 3e4f, -3e4f};
  EXPECT_NEAR(token_loss(logits, 0), std::log(2.0), 1e-6);
  EXPECT_NEAR(token_loss(logits, 2), 6e4, 1);
}

TEST(PerplexityWindows, RemaindersAreDropped) {
  EXPECT_EQ(perplexity_windows(511, {}), 0);
  EXPECT_EQ(perplexity_windows(512, {}), 1);
  EXPECT_EQ(perplexity_windows(5119, {}), 9);
  EXPECT_EQ(perplexity_windows(5119, {.max_windows = 4}), 4);
  EXPECT_EQ(perplexity_windows(5119, {.max_windows = 40}), 9);
  EXPECT_EQ(perplexity_windows(5119, {.max_windows = 0}), 0);
  EXPECT_EQ(perplexity_windows(100, {.window = 10}), 10);
}

}  // namespace
}  // namespace hone
