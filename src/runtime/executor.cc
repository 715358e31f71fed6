#include "runtime/executor.h"

#include <algorithm>
#include <chrono>

namespace hone {
namespace {

StepBinding make_binding(const PlanStep& step, Isa isa, int threads, const BindValue& bind_value) {
  StepBinding binding;
  binding.op = step.op;
  binding.attrs = &step.attrs;
  binding.isa = isa;
  binding.threads = threads;
  for (const int32_t value : step.operands) {
    binding.operands.push_back(value < 0 ? Operand{} : bind_value(value));
  }
  for (const int32_t value : step.results) binding.results.push_back(bind_value(value));
  return binding;
}

std::string describe(const PlanStep& step, const StepBinding& binding) {
  std::string types;
  for (const Operand& operand : binding.operands) {
    if (!operand.present()) continue;
    const TensorType type{operand.view.dtype, operand.view.dims.shape()};
    types += cat(types.empty() ? "" : ", ", to_text(type, {}));
  }
  return cat("'", step.name, "' (", step.op->name, " of ", types, ")");
}

}  // namespace

Expected<BoundPlan> BoundPlan::bind(const Plan& plan, Isa isa, int threads,
                                    const BindValue& bind_value) {
  BoundPlan bound;
  std::string missing;
  for (const PlanStep& step : plan.steps) {
    if (step.kind != PlanStep::Kind::run) continue;
    const StepBinding binding = make_binding(step, isa, threads, bind_value);
    ChosenStep chosen = bind_step(binding);
    if (chosen.step == nullptr) {
      missing += cat(missing.empty() ? "" : "; ", describe(step, binding));
      continue;
    }
    BoundStep& made = bound.steps_.emplace_back(&step, chosen.variant, std::move(chosen.step), 0);
    made.tiles = made.run->tiles();
    bound.scratch_bytes_ = std::max(bound.scratch_bytes_, made.run->scratch_bytes());
  }
  if (!missing.empty()) return fail(Code::unsupported, "this build of hone cannot run ", missing);
  for (const int32_t output : plan.outputs) {
    bound.outputs_.push_back(bind_value(output).view);
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
  // Nothing to share: waking other threads would cost more than the work.
  if (std::ranges::all_of(segments_, [](const Segment& s) { return s.tiles <= 1; })) {
    for (const Segment& segment : segments_) {
      if (segment.tiles > 0) run_tile(segment, 0, scratch.first(scratch_bytes_));
    }
    return {};
  }
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
    times.push_back({step.step, step.variant, us});
  }
  return times;
}

}  // namespace hone
