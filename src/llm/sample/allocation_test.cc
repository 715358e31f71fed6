// sample() must not allocate after its first call: this test program counts what operator new
// gives.
#include <gtest/gtest.h>

#include <vector>

#include "llm/sample/sampler.h"
#include "support/count_allocations.h"

namespace hone {
namespace {

TEST(SamplerAllocation, NothingAfterTheFirstCall) {
  if (!test::kCountsAllocations) GTEST_SKIP() << "a sanitizer owns the allocator";
  std::vector<float> logits(5000);
  for (size_t i = 0; i < logits.size(); ++i) logits[i] = static_cast<float>(i * 7919 % 1000) / 100;
  for (const int32_t top_k : {0, 40}) {
    SampleOptions options;
    options.top_k = top_k;
    options.typical_p = 0.9f;
    options.xtc_probability = 0.5f;
    options.repeat_penalty = 1.1f;
    options.dry_multiplier = 0.8f;
    options.top_logprobs = 10;
    auto sampler = Sampler::make(options);
    ASSERT_TRUE(sampler);
    for (int i = 0; i < 100; ++i) sampler->accept(i % 50);
    ASSERT_TRUE(sampler->sample(logits));
    const int64_t before = test::allocations;
    for (int i = 0; i < 20; ++i) {
      const auto sampled = sampler->sample(logits);
      if (!sampled) break;
    }
    EXPECT_EQ(test::allocations - before, 0) << top_k;
  }
}

}  // namespace
}  // namespace hone
