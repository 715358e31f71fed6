#include "base/thread_pool.h"

#include <sched.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

namespace hone {
namespace {

inline void pause_processor() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

void wait_while_equal(const std::atomic<uint32_t>& value, uint32_t old) {
  using Clock = std::chrono::steady_clock;
  constexpr auto kSpin = std::chrono::microseconds(20);
  // The clock costs more than a look at the value: asked once in 32 looks.
  const auto end = Clock::now() + kSpin;
  do {
    for (int i = 0; i < 32; ++i) {
      if (value.load(std::memory_order_acquire) != old) return;
      pause_processor();
    }
  } while (Clock::now() < end);
  value.wait(old, std::memory_order_acquire);
}

ThreadPool::ThreadPool(int threads) {
  try {
    for (int i = 1; i < threads; ++i) workers_.emplace_back([this, i] { work(i); });
  } catch (const std::system_error&) {  // a limit on threads: the pool is as large as it came
  }
}

ThreadPool::~ThreadPool() {
  stop_.store(true, std::memory_order_relaxed);
  start_.fetch_add(1, std::memory_order_release);
  start_.notify_all();
}

void ThreadPool::run(Region body) {
  if (workers_.empty()) {
    body(0);
    return;
  }
  body_ = &body;
  gate_.store(kOpen, std::memory_order_release);
  start_.fetch_add(1, std::memory_order_release);
  start_.notify_all();
  call(body, 0);
  uint32_t inside = gate_.fetch_and(~kOpen, std::memory_order_acq_rel) & ~kOpen;
  for (; inside != 0; inside = gate_.load(std::memory_order_acquire)) {
    wait_while_equal(gate_, inside);
  }
  if (threw_.exchange(false)) std::rethrow_exception(std::exchange(thrown_, nullptr));
}

void ThreadPool::call(const Region& body, int thread) {
  try {
    body(thread);
  } catch (...) {
    if (!threw_.exchange(true)) thrown_ = std::current_exception();
  }
}

bool ThreadPool::enter() {
  uint32_t gate = gate_.load(std::memory_order_relaxed);
  while ((gate & kOpen) != 0) {
    if (gate_.compare_exchange_weak(gate, gate + 1, std::memory_order_acquire)) return true;
  }
  return false;
}

void ThreadPool::leave() {
  const bool last_of_closed = gate_.fetch_sub(1, std::memory_order_acq_rel) == 1;
  if (last_of_closed) gate_.notify_one();
}

void ThreadPool::work(int thread) {
  uint32_t seen = 0;
  while (true) {
    uint32_t now = seen;
    while ((now = start_.load(std::memory_order_acquire)) == seen) wait_while_equal(start_, seen);
    seen = now;
    if (stop_.load(std::memory_order_relaxed)) return;
    if (!enter()) continue;
    call(*body_, thread);
    leave();
  }
}

int available_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) {
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }
  return std::max(1, CPU_COUNT(&set));
}

}  // namespace hone
