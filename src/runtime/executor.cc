#include "runtime/executor.h"

#include <algorithm>
#include <new>

namespace hone {
StepBinding binding_of(const PlanStep& step, Isa isa, int threads, const BindValue& bind_value) {
  StepBinding binding;
  binding.op = step.op;
  binding.attrs = &step.attrs;
  binding.isa = isa;
  binding.threads = threads;
  binding.precision = step.precision;
  for (const int32_t value : step.operands) {
    binding.operands.push_back(value < 0 ? Operand{} : bind_value(value));
  }
  for (const int32_t value : step.results) binding.results.push_back(bind_value(value));
  return binding;
}

namespace {

StepBinding make_binding(const PlanStep& step, const BoundPlan::Target& target,
                         const BindValue& bind_value) {
  StepBinding binding = binding_of(step, target.isa, target.pool->size(), bind_value);
  binding.packed = target.packed;
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

struct StepToBind {
  const PlanStep* step;
  StepBinding binding;
  std::string text;
  ChosenStep chosen;
};

}  // namespace

Expected<BoundPlan> BoundPlan::bind(const Plan& plan, const Target& target,
                                    const BindValue& bind_value) {
  std::vector<StepToBind> steps;
  for (const PlanStep& step : plan.steps) {
    if (step.kind != PlanStep::Kind::run) continue;
    steps.push_back({&step, make_binding(step, target, bind_value), {}, {}});
  }
  // Kernels pack their weights, which takes longer than all else of a first run.
  target.pool->for_each(std::ssize(steps), [&](int64_t i) {
    StepToBind& one = steps[static_cast<size_t>(i)];
    if (target.tuning != nullptr) one.text = step_text(one.binding);
    one.chosen = bind_tuned(one.binding, target.tuning, one.text);
  });
  BoundPlan bound;
  std::string missing;
  for (StepToBind& one : steps) {
    if (one.chosen.step == nullptr) {
      missing += cat(missing.empty() ? "" : "; ", describe(*one.step, one.binding));
      continue;
    }
    BoundStep& made =
        bound.steps_.emplace_back(one.step, one.chosen.variant, std::move(one.chosen.step), 0,
                                  one.chosen.grain, std::move(one.text));
    made.tiles = made.run->tiles();
    bound.scratch_bytes_ = std::max(bound.scratch_bytes_, made.run->scratch_bytes());
  }
  if (!missing.empty()) return fail(Code::unsupported, "this build of hone cannot run ", missing);
  for (const int32_t output : plan.outputs) {
    bound.outputs_.push_back(bind_value(output).view);
  }
  bound.scratch_bytes_ = (bound.scratch_bytes_ + 63) / 64 * 64;
  bound.make_segments();
  return bound;
}

void BoundPlan::list_options(const Plan& plan, const Target& target, const BindValue& bind_value,
                             StepOptions& options) {
  for (const PlanStep& step : plan.steps) {
    if (step.kind != PlanStep::Kind::run) continue;
    const StepBinding binding = make_binding(step, target, bind_value);
    const auto [at, is_new] = options.try_emplace(step_text(binding));
    if (is_new) at->second = kernel_options(binding);
  }
}

// Neighbouring groups of a single tile are one segment: one thread runs them all.
void BoundPlan::make_segments() {
  size_t first = 0;
  while (first < steps_.size()) {
    size_t last = first;
    int64_t tiles = 0;
    while (last < steps_.size() && steps_[last].step->group == steps_[first].step->group) {
      tiles += steps_[last++].tiles;
    }
    const bool serial = tiles <= 1;
    if (tiles == 0 && !segments_.empty()) {  // nothing that another would wait for
      segments_.back().last = last;
    } else if (serial && !segments_.empty() && segments_.back().serial) {
      segments_.back().last = last;
    } else {
      segments_.push_back({first, last, serial ? 1 : tiles, serial});
    }
    first = last;
  }
  progress_ = std::make_unique<Progress[]>(segments_.size());
  complete_ = std::make_unique<std::atomic<uint32_t>>(0);
  out_of_memory_ = std::make_unique<std::atomic<bool>>(false);
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

void BoundPlan::run_step(size_t step, int64_t tile, const Worker& worker) {
  if (spans_ == nullptr) return steps_[step].run->run(tile, worker.scratch);
  const auto begin = ProfileClock::now();
  steps_[step].run->run(tile, worker.scratch);
  std::vector<StepSpan>& mine = (*spans_)[worker.thread];
  if (mine.empty() || mine.back().step != step) mine.push_back({step, begin, {}});
  mine.back().end = ProfileClock::now();
}

void BoundPlan::run_tile(const Segment& segment, int64_t tile, const Worker& worker) {
  if (segment.serial) {
    for (size_t i = segment.first; i < segment.last; ++i) {
      if (steps_[i].tiles > 0) run_step(i, 0, worker);
    }
    return;
  }
  size_t i = segment.first;
  while (tile >= steps_[i].tiles) tile -= steps_[i++].tiles;
  run_step(i, tile, worker);
}

// Whoever finishes the last tile of a segment opens the next one.
void BoundPlan::run_tiles(uint32_t segment, const Worker& worker) {
  Progress& progress = progress_[segment];
  const int64_t tiles = segments_[segment].tiles;
  int64_t done = 0;
  for (int64_t tile; (tile = progress.next.fetch_add(1, std::memory_order_relaxed)) < tiles;
       ++done) {
    try {
      run_tile(segments_[segment], tile, worker);
    } catch (const std::bad_alloc&) {  // the others would wait for this tile
      out_of_memory_->store(true, std::memory_order_relaxed);
    }
  }
  if (done == 0 || progress.left.fetch_sub(done, std::memory_order_acq_rel) != done) return;
  complete_->store(segment + 1, std::memory_order_release);
  complete_->notify_all();
}

// Only tiles that a thread is at are waited for, never a thread: on a busy machine it may come
// much later than the others can do its share.
void BoundPlan::run_thread(int thread, std::span<std::byte> scratch) {
  const auto index = static_cast<size_t>(thread);
  const Worker mine{index, scratch.subspan(index * scratch_bytes_, scratch_bytes_)};
  for (uint32_t s; (s = complete_->load(std::memory_order_acquire)) < segments_.size();) {
    run_tiles(s, mine);
    while (complete_->load(std::memory_order_acquire) == s) wait_while_equal(*complete_, s);
  }
}

Status BoundPlan::run(ThreadPool& pool, std::span<std::byte> scratch) {
  HONE_RETURN_IF_ERROR(check());
  // Nothing to share: waking other threads would cost more than the work.
  if (std::ranges::all_of(segments_, [](const Segment& s) { return s.tiles <= 1; })) {
    for (const Segment& segment : segments_) {
      run_tile(segment, 0, {0, scratch.first(scratch_bytes_)});
    }
    return {};
  }
  for (size_t s = 0; s < segments_.size(); ++s) {
    progress_[s].next.store(0, std::memory_order_relaxed);
    progress_[s].left.store(segments_[s].tiles, std::memory_order_relaxed);
  }
  complete_->store(0, std::memory_order_relaxed);
  pool.run([&](int thread) { run_thread(thread, scratch); });
  if (!out_of_memory_->exchange(false)) return {};
  return fail(Code::limit_exceeded, "a step needs more memory than there is");
}

Expected<Profile> BoundPlan::profile(ThreadPool& pool, std::span<std::byte> scratch) {
  ThreadSpans spans(static_cast<size_t>(pool.size()));
  for (std::vector<StepSpan>& mine : spans) mine.reserve(steps_.size());
  spans_ = &spans;
  const auto begin = ProfileClock::now();
  const Status status = run(pool, scratch);
  spans_ = nullptr;
  if (!status) return std::unexpected(status.error());
  return profile_of(spans, begin);
}

Profile BoundPlan::profile_of(const ThreadSpans& spans, ProfileClock::time_point begin) const {
  using Microseconds = std::chrono::duration<double, std::micro>;
  std::vector<StepTime> times;
  for (const BoundStep& step : steps_) {
    const bool is_view = step.tiles == 0 && step.step->op->views != nullptr;
    times.push_back({.step = step.step,
                     .name = step.step->name,
                     .op = std::string(step.step->op->name),
                     .variant = std::string(is_view ? kViewVariant : step.variant),
                     .grain = step.grain,
                     .text = std::string(step.text),
                     .weights = {},
                     .cost = {},
                     .spans = {}});
  }
  for (size_t thread = 0; thread < spans.size(); ++thread) {
    for (const StepSpan& span : spans[thread]) {
      times[span.step].spans.push_back({static_cast<int>(thread), span.begin, span.end});
    }
  }
  auto from = begin;  // a segment's time goes from the end of the one before to its own
  for (const Segment& segment : segments_) {
    const std::span steps(times.begin() + static_cast<std::ptrdiff_t>(segment.first),
                          segment.last - segment.first);
    auto end = from;
    double busy = 0;
    for (StepTime& step : steps) {
      for (const WorkSpan& span : step.spans) {
        step.us += Microseconds(span.end - span.begin).count();
        end = std::max(end, span.end);
      }
      busy += step.us;
    }
    const double scale = busy > 0 ? Microseconds(end - from).count() / busy : 0;
    for (StepTime& step : steps) step.us *= scale;
    from = end;
  }
  Profile profile;
  profile.us = Microseconds(from - begin).count();
  profile.steps = std::move(times);
  return profile;
}

}  // namespace hone
