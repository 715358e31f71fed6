// Counts what operator new gives in this program. It replaces the operators, so one test file of a
// program includes it, and no more. Under sanitizers, which own the allocator, nothing is counted.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

#if defined(__has_feature)
#define HONE_HAS_FEATURE(feature) __has_feature(feature)
#else
#define HONE_HAS_FEATURE(feature) 0
#endif

namespace hone::test {
inline std::atomic<int64_t> allocations{0};
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    HONE_HAS_FEATURE(address_sanitizer) || HONE_HAS_FEATURE(thread_sanitizer)
inline constexpr bool kCountsAllocations = false;
#else
#define HONE_COUNTS_ALLOCATIONS
inline constexpr bool kCountsAllocations = true;
#endif
}  // namespace hone::test

#ifdef HONE_COUNTS_ALLOCATIONS
// Not inlined, so that the compiler does not match new against free.
[[gnu::noinline]] void* operator new(size_t size) {
  hone::test::allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size > 0 ? size : 1)) return memory;
  std::abort();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }
#endif
