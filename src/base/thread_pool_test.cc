#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <numeric>

namespace hone {
namespace {

TEST(ThreadPool, EveryThreadRunsOnce) {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.size(), threads);
    for (int round = 0; round < 200; ++round) {
      std::vector<int> seen(static_cast<size_t>(threads));
      pool.run([&](int thread) { ++seen[static_cast<size_t>(thread)]; });
      EXPECT_EQ(seen, std::vector<int>(static_cast<size_t>(threads), 1));
    }
  }
}

TEST(ThreadPool, ForEachCoversEveryIndex) {
  ThreadPool pool(3);
  std::vector<int> seen(1000);
  pool.for_each(1000, [&](int64_t i) { ++seen[static_cast<size_t>(i)]; });
  EXPECT_EQ(seen, std::vector<int>(1000, 1));
}

TEST(Barrier, WritesBeforeAreSeenAfter) {
  constexpr int kThreads = 4, kRounds = 500;
  ThreadPool pool(kThreads);
  Barrier barrier(kThreads);
  std::vector<int> values(kThreads);
  std::atomic<int> wrong{0};
  pool.run([&](int thread) {
    for (int round = 1; round <= kRounds; ++round) {
      values[static_cast<size_t>(thread)] = round;
      barrier.arrive_and_wait();
      if (std::accumulate(values.begin(), values.end(), 0) != kThreads * round) ++wrong;
      barrier.arrive_and_wait();
    }
  });
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace hone
