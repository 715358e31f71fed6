#include "runtime/weights.h"

#include <gtest/gtest.h>

#include "tensor/layout/layout.h"

namespace hone {
namespace {

constexpr int64_t kRows = 16, kColumns = 64;

// Two values that are one weight, packed.
Plan plan_of(std::string_view layout) {
  const TensorType type{DType::q8_0, {Dim(kRows), Dim(kColumns)}};
  Plan plan;
  for (int i = 0; i < 2; ++i) {
    plan.values.push_back(
        {.name = "w", .type = type, .storage = Storage::weight, .layout = std::string(layout)});
  }
  return plan;
}

TEST(LoadedWeights, AWeightIsPackedOnceForAllPlansThatReadIt) {
  const std::string_view layout = matmul_layout(DType::q8_0);
  ASSERT_NE(layout, kCanonicalLayout);
  const std::vector<std::byte> stored(
      static_cast<size_t>(kRows * row_bytes(DType::q8_0, kColumns)));
  WeightMap map;
  map.add_canonical("w", stored);
  ThreadPool pool(1);
  const auto copies = std::make_shared<WeightCopies>();
  const auto first = LoadedWeights::load(plan_of(layout), map, pool, copies);
  const auto second = LoadedWeights::load(plan_of(layout), map, pool, copies);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->bytes(0).data(), first->bytes(1).data());
  EXPECT_EQ(first->bytes(0).data(), second->bytes(0).data());
  const Layout& packed = *find_layout(layout);
  EXPECT_EQ(std::ssize(first->bytes(0)), packed.packed_bytes(Dims{kRows, kColumns}));
  EXPECT_LE(copies->bytes(), 4096u + first->bytes(0).size());
  EXPECT_EQ(second->mapped_bytes(PackedWeights({})), 0u);
}

TEST(LoadedWeights, AWeightThatIsReadWhereItLiesCountsOnceAndUntilItIsReleased) {
  alignas(64) static const std::byte stored[kRows * kColumns / 32 * 34] = {};
  WeightMap map;
  map.add_canonical("w", stored);
  ThreadPool pool(1);
  const auto loaded = LoadedWeights::load(plan_of(kCanonicalLayout), map, pool);
  ASSERT_TRUE(loaded) << loaded.error().text();
  ASSERT_EQ(loaded->bytes(1).data(), stored);
  PackedWeights packed([](Bytes) {});
  EXPECT_EQ(loaded->mapped_bytes(packed), sizeof stored);
  packed.release({const_cast<std::byte*>(stored), DType::q8_0, Dims{kRows, kColumns}});
  EXPECT_EQ(loaded->mapped_bytes(packed), 0u);
}

}  // namespace
}  // namespace hone
