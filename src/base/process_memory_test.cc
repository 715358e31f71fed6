#include "base/process_memory.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/memory.h"

namespace hone {
namespace {

// Under a sanitizer the allocator is another one, which does not tell.
TEST(ProcessMemory, TheAllocatorTellsWhatItGaveOut) {
  const size_t before = heap_memory().used;
  if (before == 0) GTEST_SKIP() << "this allocator does not tell";
  for (const size_t bytes : {size_t{1} << 12, size_t{1} << 26}) {
    const std::vector<char> block(bytes, 1);
    EXPECT_GE(heap_memory().used, before + bytes);
    EXPECT_LE(heap_memory().used, before + bytes + (size_t{1} << 14));
  }
  EXPECT_LE(heap_memory().used, before + (size_t{1} << 14));
}

TEST(ProcessMemory, PagesCountOnceTheyAreTouched) {
  const size_t before = resident_memory().anonymous;
  ASSERT_GT(before, 0u);
  constexpr size_t kBytes = size_t{32} << 20, kAllowed = size_t{8} << 20;
  auto block = MemoryBlock::allocate(kBytes);
  ASSERT_TRUE(block);
  EXPECT_LT(resident_memory().anonymous, before + kAllowed);
  for (size_t i = 0; i < kBytes; i += 4096) block->data()[i] = std::byte{1};
  EXPECT_GE(resident_memory().anonymous, before + kBytes - kAllowed);
  EXPECT_GT(resident_memory().file, 0u);
}

}  // namespace
}  // namespace hone
