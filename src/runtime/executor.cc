#include "runtime/executor.h"

#include <algorithm>
#include <chrono>

namespace hone {
namespace {

StepBinding make_binding(const Plan& plan, const PlanStep& step, std::span<const int64_t> symbols,
                         Isa isa, int threads, const BindValue& bind_value) {
  StepBinding binding;
  binding.op = step.op;
  binding.attrs = &step.attrs;
  binding.isa = isa;
  binding.threads = threads;
  const auto bind = [&](int32_t value) {
    if (value < 0) return Operand{};
    return bind_value(value, Dims(plan.values[static_cast<size_t>(value)].type.shape, symbols));
  };
  for (size_t i = 0; i < step.operands.size(); ++i) binding.operands[i] = bind(step.operands[i]);
  for (size_t i = 0; i < step.results.size(); ++i) binding.results[i] = bind(step.results[i]);
  return binding;
}

std::string describe(const Plan& plan, const PlanStep& step) {
  std::string types;
  for (const int32_t operand : step.operands) {
    if (operand < 0) continue;
    const PlanValue& value = plan.values[static_cast<size_t>(operand)];
    types += cat(types.empty() ? "" : ", ", to_text(value.type, plan.symbols));
  }
  return cat("'", step.name, "' (", step.op->name, " of ", types, ")");
}

}  // namespace

Expected<BoundPlan> BoundPlan::bind(const Plan& plan, std::vector<int64_t> symbol_values, Isa isa,
                                    int threads, const BindValue& bind_value) {
  BoundPlan bound;
  bound.symbol_values_ = std::move(symbol_values);
  std::string missing;
  for (const PlanStep& step : plan.steps) {
    HONE_CHECK(step.operands.size() <= kMaxOperands && step.results.size() <= 2);
    const StepBinding binding =
        make_binding(plan, step, bound.symbol_values_, isa, threads, bind_value);
    const CpuKernel* kernel = choose_kernel(binding);
    if (kernel == nullptr) {
      missing += cat(missing.empty() ? "" : "; ", describe(plan, step));
      continue;
    }
    BoundStep& made = bound.steps_.emplace_back(&step, kernel, kernel->bind(binding), 0);
    made.tiles = made.run->tiles();
    bound.scratch_bytes_ = std::max(bound.scratch_bytes_, made.run->scratch_bytes());
  }
  if (!missing.empty()) return fail(Code::unsupported, "no kernel can run ", missing);
  for (const int32_t output : plan.outputs) {
    const Dims dims(plan.values[static_cast<size_t>(output)].type.shape, bound.symbol_values_);
    bound.outputs_.push_back(bind_value(output, dims).view);
  }
  bound.scratch_bytes_ = (bound.scratch_bytes_ + 63) / 64 * 64;
  bound.make_segments();
  bound.barrier_ = std::make_unique<Barrier>(threads);
  return bound;
}

// Neighbouring groups of a single tile need no barrier between them when one thread runs them all.
void BoundPlan::make_segments() {
  size_t first = 0;
  while (first < steps_.size()) {
    size_t last = first;
    int64_t tiles = 0;
    while (last < steps_.size() && steps_[last].step->group == steps_[first].step->group) {
      tiles += steps_[last++].tiles;
    }
    const bool serial = tiles <= 1;
    if (serial && !segments_.empty() && segments_.back().serial) {
      segments_.back().last = last;
      segments_.back().tiles = std::max(segments_.back().tiles, tiles);
    } else {
      segments_.push_back({first, last, tiles, serial});
    }
    first = last;
  }
  next_tile_ = std::make_unique<std::atomic<int64_t>[]>(segments_.size());
}

Status BoundPlan::check() const {
  for (const BoundStep& step : steps_) {
    if (Status status = step.run->check(); !status) {
      return std::unexpected(
          std::move(status).error().context(cat("step '", step.step->name, "'")));
    }
  }
  return {};
}

void BoundPlan::run_tile(const Segment& segment, int64_t tile, Scratch scratch) {
  if (segment.serial) {
    for (size_t i = segment.first; i < segment.last; ++i) {
      if (steps_[i].tiles > 0) steps_[i].run->run(0, scratch);
    }
    return;
  }
  size_t i = segment.first;
  while (tile >= steps_[i].tiles) tile -= steps_[i++].tiles;
  steps_[i].run->run(tile, scratch);
}

void BoundPlan::run_thread(int thread, std::span<std::byte> scratch, Barrier& barrier) {
  const Scratch mine =
      scratch.subspan(static_cast<size_t>(thread) * scratch_bytes_, scratch_bytes_);
  for (size_t s = 0; s < segments_.size(); ++s) {
    const Segment& segment = segments_[s];
    for (int64_t tile;
         (tile = next_tile_[s].fetch_add(1, std::memory_order_relaxed)) < segment.tiles;) {
      run_tile(segment, tile, mine);
    }
    barrier.arrive_and_wait();
  }
}

Status BoundPlan::run(ThreadPool& pool, std::span<std::byte> scratch) {
  HONE_RETURN_IF_ERROR(check());
  for (size_t s = 0; s < segments_.size(); ++s) next_tile_[s].store(0, std::memory_order_relaxed);
  pool.run([&](int thread) { run_thread(thread, scratch, *barrier_); });
  return {};
}

Expected<std::vector<StepTime>> BoundPlan::profile(ThreadPool& pool, std::span<std::byte> scratch) {
  using Clock = std::chrono::steady_clock;
  HONE_RETURN_IF_ERROR(check());
  std::vector<StepTime> times;
  for (const BoundStep& step : steps_) {
    const auto start = Clock::now();
    std::atomic<int64_t> next{0};
    pool.run([&](int thread) {
      const Scratch mine =
          scratch.subspan(static_cast<size_t>(thread) * scratch_bytes_, scratch_bytes_);
      for (int64_t tile; (tile = next.fetch_add(1)) < step.tiles;) step.run->run(tile, mine);
    });
    const double us = std::chrono::duration<double, std::micro>(Clock::now() - start).count();
    times.push_back({step.step, step.kernel->variant, us});
  }
  return times;
}

}  // namespace hone
