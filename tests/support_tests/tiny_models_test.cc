#include "support/tiny_models.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "support/golden.h"
#include "support/random_blocks.h"
#include "support/split_mix.h"
#include "tensor/dtype.h"

namespace hone::test {
namespace {

std::string fingerprint(std::string_view bytes) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(fnv1a64(bytes)));
  return digits;
}

// A changed model needs new goldens: tests/golden/llm/README.md tells how.
TEST(TinyModels, AreTheOnesTheGoldensWereMadeFrom) {
  for (const GoldenModel& model : golden_models()) {
    const std::string path = std::string(HONE_SOURCE_DIR "/tests/golden/llm/") + model.name;
    const auto golden = Golden::open(path + ".golden");
    ASSERT_TRUE(golden) << golden.error().text();
    EXPECT_EQ(golden->text("fnv1a64"), fingerprint(tiny_model_text(model.options))) << model.name;
  }
}

TEST(TinyModels, GoldensHoldWhatTheirReadmeSays) {
  for (const GoldenModel& model : golden_models()) {
    const auto golden =
        Golden::open(std::string(HONE_SOURCE_DIR "/tests/golden/llm/") + model.name + ".golden");
    ASSERT_TRUE(golden) << golden.error().text();
    for (const std::string prompt : {"p0.", "p1."}) {
      const size_t logits = golden->ints(prompt + "positions").size() * kTinyVocabSize;
      EXPECT_EQ(golden->floats(prompt + "truth").size(), logits) << model.name;
      const Difference peer =
          difference(golden->floats(prompt + "peer"), golden->floats(prompt + "truth"));
      EXPECT_NEAR(peer.max, golden->floats(prompt + "peer_error")[0], 1e-5) << model.name;
      EXPECT_LT(golden->floats(prompt + "exact_error")[0], 1e-2) << model.name;
      EXPECT_EQ(golden->ints(prompt + "greedy").size(), 16u) << model.name;
    }
  }
}

TEST(TinyModels, ASeedGivesOtherWeightsOfTheSameSize) {
  const std::string first = tiny_model_text({.seed = 1});
  EXPECT_EQ(first, tiny_model_text({.seed = 1}));
  const std::string second = tiny_model_text({.seed = 2});
  EXPECT_EQ(first.size(), second.size());
  EXPECT_NE(first, second);
}

TEST(RandomTensor, FillsWholeBlocksOfEveryWeightType) {
  SplitMix64 random(1);
  for (const DTypeInfo& type : all_dtypes()) {
    const std::string data = random_tensor(type.dtype, 512, 0.1f, random);
    if (data.empty()) continue;
    EXPECT_EQ(static_cast<int64_t>(data.size()), row_bytes(type.dtype, 512)) << type.name;
  }
}

// The first numbers of Vigna's reference splitmix64.c for the seed 1234567.
TEST(SplitMix64, IsTheReference) {
  SplitMix64 random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317u);
  EXPECT_EQ(random.next(), 3203168211198807973u);
  EXPECT_EQ(random.next(), 9817491932198370423u);
}

}  // namespace
}  // namespace hone::test
