// ProgramSession: a Program with its weights, ready to run on any inputs its types allow.
#pragma once

#include <memory>
#include <vector>

#include "backend/host_op.h"
#include "backend/plugin/place.h"
#include "engine/program.h"
#include "runtime/session.h"
#include "tensor/tensor.h"

namespace hone {

struct ProgramOptions {
  Isa isa = best_isa();
  int64_t max_iterations = int64_t{1} << 24;  // of all loops of a run together, those in loops too
  std::shared_ptr<const Tuning> tuning = nullptr;
  std::shared_ptr<const BackendOrder> backends = nullptr;  // null: the CPU alone
};

// Move only. One run at a time; the pool must outlive it and not be used by others meanwhile.
class ProgramSession {
 public:
  // The bytes in `weights` must outlive the session, but for those it has released.
  static Expected<ProgramSession> open(Program program, const WeightMap& weights, ThreadPool& pool,
                                       ProgramOptions options);

  // Inputs in the order of program().inputs; returns program().outputs, which own their bytes.
  // States go on from the last run that succeeded.
  Expected<std::vector<RunValue>> run(std::span<const RunValue> inputs);
  // As the body of another session's loop, for one iteration of that session's run.
  Expected<std::vector<RunValue>> iterate(std::span<const RunValue> inputs);
  // As run, with what each step took and must do.
  Expected<Profile> profile(std::span<const RunValue> inputs);
  // As run; tells what may run each step that it comes to.
  Expected<StepOptions> list_options(std::span<const RunValue> inputs);

  // Of all plans; Session tells.
  void set_tuning(const std::shared_ptr<const Tuning>& tuning);

  // Where the steps of its plans and of its bodies' run, if there are back ends. What failed in a
  // run has fallen back to the CPU since.
  std::vector<StepPlace> places() const;

  // States are again as before the first run.
  Status reset();

  const Program& program() const { return *program_; }
  // Of program().items[item], which does not hold it any more; null if that is no plan. Where there
  // are back ends, an item of the program that was opened may be several.
  const Plan* plan_of(size_t item) const {
    return items_[item].plan == nullptr ? nullptr : &items_[item].plan->plan();
  }
  // The sessions of all plans, those of bodies of branches and loops too.
  std::vector<const Session*> sessions() const;

 private:
  // What a program and its bodies read is kept once.
  struct Shared;
  struct Item {
    std::unique_ptr<Session> plan;
    std::unique_ptr<CompiledGraph> compiled;  // null: the plan runs on the CPU
    std::vector<BoundType> outputs;           // of that
    const HostOp* host = nullptr;
    std::vector<ProgramSession> bodies;
  };
  // Runs an item on the values so far; its results, in order.
  using Values = std::vector<RunValue>;
  ProgramSession() = default;
  static Expected<ProgramSession> open(Program program, const WeightMap& weights, ThreadPool& pool,
                                       ProgramOptions options, Shared& shared);
  Status open_items(const WeightMap& weights, ThreadPool& pool, Shared& shared);
  Status open_plan(size_t index, Item& ready, const WeightMap& weights, ThreadPool& pool,
                   Shared& shared);
  Status compile(size_t index, Item& ready, const WeightMap& weights);
  Status read_constants(const WeightMap& weights, Shared& shared);
  Expected<Values> run_once(std::span<const RunValue> inputs);
  Status run_items(Values& values);
  Expected<Values> run_plan(size_t index, const Values& values);
  Expected<Values> run_on_cpu(Session& session, const ProgramItem& item,
                              std::span<const ConstView> inputs);
  Expected<Values> run_compiled(Item& ready, std::span<const ConstView> inputs);
  // Gives up the back end of an item; the error if there must be no CPU instead.
  Status fall_back(size_t index, const Error& error);
  Status run_steps(Session& session);
  Expected<Values> run_host(const HostOp& op, const ProgramItem& item, const Values& values);
  Expected<Values> run_branch(const ProgramItem& item, Item& ready, const Values& values);
  Expected<Values> run_loop(const ProgramItem& item, Item& ready, const Values& values);

  std::unique_ptr<Program> program_;
  Placement placement_;
  std::vector<Item> items_;
  std::vector<std::pair<int32_t, RunValue>> constants_;
  Values states_;                        // of program().states
  Profile* profile_ = nullptr;           // while profiling
  StepOptions* step_options_ = nullptr;  // while listing them
  int64_t* iterations_ = nullptr;        // so far, of the run that this one is part of
  ProgramOptions options_;
};

}  // namespace hone
