// One compute pool a process: threads that share the work of a region.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <thread>
#include <type_traits>
#include <vector>

namespace hone {

// A reference to a callable `void(int thread)`; the callable must outlive the call.
class Region {
 public:
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, Region>)
  Region(F&& body)
      : object_(const_cast<void*>(static_cast<const void*>(&body))),
        call_([](void* object, int thread) {
          (*static_cast<std::remove_reference_t<F>*>(object))(thread);
        }) {}
  void operator()(int thread) const { call_(object_, thread); }

 private:
  void* object_;
  void (*call_)(void*, int);
};

// Waits until a value changes: spins for about 20 us, which is less than a sleep and a wake cost,
// then sleeps in the kernel.
void wait_while_equal(const std::atomic<uint32_t>& value, uint32_t old);

// Not for use from several threads at once: one region runs at a time.
class ThreadPool {
 public:
  // The caller of run() is thread 0, so threads - 1 are started; fewer where the system refuses
  // more.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int size() const { return static_cast<int>(workers_.size()) + 1; }
  // Runs body(0) on the caller, and body(thread) on the others as they come, until the caller's
  // returns. A thread that sleeps or waits for a processor is not waited for, so body must do
  // without it; one that comes late may come again. Returns when all have returned. What one of
  // them throws, which the standard library does where there is no memory, is thrown then.
  void run(Region body);
  // Runs body(i) for i in [0, count), shared out one at a time.
  template <class F>
  void for_each(int64_t count, F&& body) {
    std::atomic<int64_t> next{0};
    run([&](int) {
      for (int64_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < count;) body(i);
    });
  }

 private:
  void work(int thread);
  bool enter();
  void leave();
  void call(const Region& body, int thread);

  static constexpr uint32_t kOpen = uint32_t{1} << 31;

  const Region* body_ = nullptr;
  std::atomic<uint32_t> start_{0};  // counts regions begun
  std::atomic<uint32_t> gate_{0};   // workers inside the region, and kOpen while more may enter
  std::atomic<bool> stop_{false};
  std::atomic<bool> threw_{false};
  std::exception_ptr thrown_;          // by the first thread that did
  std::vector<std::jthread> workers_;  // last: joined before what they look at goes
};

// Processors this process may run on.
int available_processors();

}  // namespace hone
