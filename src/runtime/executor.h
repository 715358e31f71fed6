// A plan bound to buffers for one set of symbol values, and the loop that runs it.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "backend/cpu/choice.h"
#include "base/memory.h"
#include "base/thread_pool.h"
#include "engine/plan.h"
#include "runtime/arena.h"
#include "runtime/profile.h"

namespace hone {

// Finds the buffer of a value for the sizes being bound.
using BindValue = std::function<Operand(int32_t value)>;

// What the kernels of a step see; operands and results are what `bind_value` finds.
StepBinding binding_of(const PlanStep& step, Isa isa, int threads, const BindValue& bind_value);

// By step_text: what may run such a step.
using StepOptions = std::map<std::string, std::vector<KernelOption>>;

class BoundPlan {
 public:
  struct Target {
    Isa isa = Isa::scalar;
    ThreadPool* pool = nullptr;
    PackedWeights* packed = nullptr;
    const Tuning* tuning = nullptr;  // may be null
  };
  // Chooses a kernel for each step; an error names steps that none can run. `plan` must outlive
  // this.
  static Expected<BoundPlan> bind(const Plan& plan, const Target& target,
                                  const BindValue& bind_value);

  // Adds what may run each step of the plan.
  static void list_options(const Plan& plan, const Target& target, const BindValue& bind_value,
                           StepOptions& options);

  // Where output `index` of the plan lies.
  View output(size_t index) const { return outputs_[index]; }
  // Scratch each thread needs.
  size_t scratch_bytes() const { return scratch_bytes_; }

  // Runs all steps in one parallel region. `scratch` holds pool.size() times scratch_bytes(),
  // 64-byte aligned. Allocates nothing, but for what a step may. The error is a step's check of its
  // inputs, before anything ran; or that such a step found no memory.
  Status run(ThreadPool& pool, std::span<std::byte> scratch);
  // The same, noting what each thread was at and when; the steps' times, without their costs. Steps
  // that run side by side share their time out by how long threads were at each.
  Expected<Profile> profile(ThreadPool& pool, std::span<std::byte> scratch);

 private:
  struct BoundStep {
    const PlanStep* step;
    std::string_view variant;
    std::unique_ptr<CpuStep> run;
    int64_t tiles;
    int grain;
    std::string text;
  };
  // The tiles of steps [first, last), which run side by side; or, when serial, steps of one tile
  // each that one thread runs in order. The next segment begins when all tiles of one are done.
  struct Segment {
    size_t first, last;
    int64_t tiles;
    bool serial;
  };
  struct Progress {
    std::atomic<int64_t> next{0}, left{0};  // the tile to claim next; those not done
  };
  struct Worker {
    size_t thread;
    Scratch scratch;
  };
  struct StepSpan {
    size_t step;
    ProfileClock::time_point begin, end;
  };
  using ThreadSpans = std::vector<std::vector<StepSpan>>;  // by thread
  void make_segments();
  Status check() const;
  void run_thread(int thread, std::span<std::byte> scratch);
  void run_tiles(uint32_t segment, const Worker& worker);
  void run_tile(const Segment& segment, int64_t tile, const Worker& worker);
  void run_step(size_t step, int64_t tile, const Worker& worker);
  Profile profile_of(const ThreadSpans& spans, ProfileClock::time_point begin) const;

  std::vector<BoundStep> steps_;
  std::vector<Segment> segments_;
  std::unique_ptr<Progress[]> progress_;             // by segment
  std::unique_ptr<std::atomic<uint32_t>> complete_;  // segments
  std::unique_ptr<std::atomic<bool>> out_of_memory_;
  std::vector<View> outputs_;
  size_t scratch_bytes_ = 0;
  ThreadSpans* spans_ = nullptr;  // while profiling
};

}  // namespace hone
