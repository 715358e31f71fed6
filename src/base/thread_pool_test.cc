#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <new>
#include <numeric>

namespace hone {
namespace {

TEST(ThreadPool, TheCallerRunsOnceAndNobodyIsLeftInside) {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.size(), threads);
    for (int round = 0; round < 500; ++round) {
      std::vector<int> inside(static_cast<size_t>(threads));
      int calls = 0;
      pool.run([&](int thread) {
        EXPECT_EQ(inside[static_cast<size_t>(thread)]++, 0);
        if (thread == 0) ++calls;
        --inside[static_cast<size_t>(thread)];
      });
      EXPECT_EQ(calls, 1);
      EXPECT_EQ(inside, std::vector<int>(static_cast<size_t>(threads)));
    }
  }
}

TEST(ThreadPool, EveryThreadComesToARegionThatLasts) {
  constexpr uint32_t kThreads = 4;
  ThreadPool pool(kThreads);
  for (int round = 0; round < 50; ++round) {
    std::atomic<uint32_t> came{0};
    pool.run([&](int) {
      came.fetch_add(1);
      while (came.load() < kThreads) std::this_thread::yield();
    });
    EXPECT_GE(came, kThreads);
  }
}

TEST(ThreadPool, WhatWasWrittenInARegionIsSeenBehindIt) {
  ThreadPool pool(4);
  std::vector<int64_t> values(64);
  for (int64_t round = 1; round <= 500; ++round) {
    pool.for_each(64, [&](int64_t i) { values[static_cast<size_t>(i)] += i; });
    EXPECT_EQ(std::accumulate(values.begin(), values.end(), int64_t{0}), round * 63 * 32);
  }
}

TEST(ThreadPool, ForEachCoversEveryIndex) {
  ThreadPool pool(3);
  std::vector<int> seen(1000);
  pool.for_each(1000, [&](int64_t i) { ++seen[static_cast<size_t>(i)]; });
  EXPECT_EQ(seen, std::vector<int>(1000, 1));
}

TEST(ThreadPool, WhatAThreadThrowsReachesTheCaller) {
  constexpr int kThreads = 3;
  ThreadPool pool(kThreads);
  for (int thrower = 0; thrower < kThreads; ++thrower) {
    std::atomic<bool> came{false};
    const auto body = [&](int thread) {
      if (thread == thrower) {
        came = true;
        throw std::bad_alloc();
      }
      while (!came) std::this_thread::yield();
    };
    EXPECT_THROW(pool.run(body), std::bad_alloc);
  }
  EXPECT_THROW(pool.run([](int) { throw std::bad_alloc(); }), std::bad_alloc);
  EXPECT_THROW(ThreadPool(1).run([](int) { throw std::bad_alloc(); }), std::bad_alloc);
  std::atomic<int> sum{0};
  pool.for_each(100, [&](int64_t) { ++sum; });
  EXPECT_EQ(sum, 100);
}

}  // namespace
}  // namespace hone
