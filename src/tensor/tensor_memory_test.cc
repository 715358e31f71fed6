#include "tensor/tensor_memory.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace hone {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

TEST(TensorMemory, IsAlignedAndComesBackForItsSize) {
  drop_kept_tensor_memory();
  std::byte* first = take_tensor_memory(kMiB);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(first) % 64, 0u);
  give_tensor_memory(first, kMiB);
  std::byte* other = take_tensor_memory(kMiB + 64);
  EXPECT_NE(other, first);
  std::byte* again = take_tensor_memory(kMiB);
  EXPECT_EQ(again, first);
  std::byte* fresh = take_tensor_memory(kMiB);
  EXPECT_NE(fresh, again);
  give_tensor_memory(other, kMiB + 64);
  give_tensor_memory(again, kMiB);
  give_tensor_memory(fresh, kMiB);
  drop_kept_tensor_memory();
}

// The sanitizers' builds see a block that is lost or given back twice.
TEST(TensorMemory, WhatDoesNotFitGoesBackToTheSystem) {
  for (const size_t each : {kMiB / 4, kMiB, 3 * kMiB, kMostKeptBytes, kMostKeptBytes + 1}) {
    std::vector<std::byte*> blocks;
    for (int i = 0; i < 12; ++i) blocks.push_back(take_tensor_memory(each));
    for (std::byte* block : blocks) {
      ASSERT_NE(block, nullptr);
      give_tensor_memory(block, each);
    }
  }
  drop_kept_tensor_memory();
}

}  // namespace
}  // namespace hone
