// Session: a plan with its weights, ready to run. Weights, states and, where the largest sizes are
// known, the arena are taken at open; running allocates nothing once a set of sizes has been bound.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "backend/cpu/isa.h"
#include "backend/cpu/packed_weights.h"
#include "engine/plan.h"
#include "runtime/executor.h"
#include "runtime/state_store.h"
#include "runtime/weights.h"

namespace hone {

struct SessionOptions {
  Isa isa = best_isa();
  StateLimits state;
  // Shared by the plans of one program; null: the session's own.
  std::shared_ptr<WeightCopies> copies = nullptr;
  std::shared_ptr<const Tuning> tuning = nullptr;
};

// Bytes of memory that a session takes.
struct SessionMemory {
  uint64_t mapped = 0;   // weights that are read where the model has them
  uint64_t packed = 0;   // weights in layouts of the plan's own, of all that share copies()
  uint64_t kernels = 0;  // weights as kernels want them, made at the first binding; on the heap
  uint64_t states = 0;   // reserved: taken as positions are written
  uint64_t inputs = 0;   // under the sizes bound last
  uint64_t arena = 0;    // likewise
  uint64_t spare = 0;    // what the arena's block has beyond those two, for larger sizes
  uint64_t scratch = 0;  // of all threads
};

// Move only. One run at a time; the pool must outlive it and not be used by others meanwhile.
class Session {
 public:
  // The bytes in `weights` must outlive the session, but for those it has released.
  static Expected<Session> open(Plan plan, const WeightMap& weights, ThreadPool& pool,
                                SessionOptions options);

  // Values for the plan's symbols, in its order; each within the symbol's range. Of plans with
  // bounded shapes only.
  Status bind(std::span<const int64_t> symbol_values);
  // Binds any plan to the shapes of these inputs, in the order of plan().inputs, and copies them
  // in.
  Status set_inputs(std::span<const ConstView> inputs);
  // The memory of an input under the bound sizes; fill it before run().
  template <class T>
  std::span<T> input(std::string_view name) {
    return input_rows<T>(input_value(name));
  }
  // The error is that of an input that cannot be followed, before anything ran: a position that was
  // never grown, two rows at one position of one sequence.
  Status run();
  // An output of the last run; valid until the next bind or run.
  std::span<const float> output(size_t index) const;
  ConstView output_view(size_t index) const;
  // As run, with what each step took and must do.
  Expected<Profile> profile();

  // Steps run as it says from the next binding on (null: as without one). A few tunings with their
  // bindings are kept, so that going to and fro between them costs nothing.
  void set_tuning(std::shared_ptr<const Tuning> tuning) { tuning_ = std::move(tuning); }
  const Tuning* tuning() const { return tuning_.get(); }
  // Of a plan whose inputs' shapes are numbers: what its values are, inferred from those.
  Expected<BoundValues> declared_values() const {
    return resolve_symbols(*plan_, {}, weights_, isa_);
  }
  // Adds what may run each step under the bound sizes.
  void list_options(StepOptions& options) const;

  StateStore& state() { return state_; }
  const Plan& plan() const { return *plan_; }
  const WeightCopies& copies() const { return weights_.copies(); }
  uint64_t arena_bytes() const { return arena_memory_.size(); }
  SessionMemory memory() const;
  // Where values lie under the sizes bound last, offsets behind the inputs'; null if none are.
  const Arena* arena() const { return bound_.empty() ? nullptr : &bound_[0]->arena; }

 private:
  Session(std::unique_ptr<Plan> plan, LoadedWeights weights, StateStore state, ThreadPool& pool,
          Isa isa)
      : plan_(std::move(plan)),
        weights_(std::move(weights)),
        state_(std::move(state)),
        pool_(&pool),
        isa_(isa) {}

  // A plan bound to sizes, and where its inputs lie.
  struct Bound {
    std::vector<int64_t> key;  // symbol values, or shapes and steering elements of the inputs
    std::shared_ptr<const Tuning> tuning;
    BoundValues values;
    std::vector<int64_t> input_offsets;  // by plan value
    Arena arena;
    BoundPlan plan;
  };

  Status reserve();
  // Whether this key was bound already; it comes first then.
  bool reuse(std::span<const int64_t> key);
  Status add_bound(std::span<const int64_t> key, BoundValues values);
  Operand operand(int32_t value, const Bound& bound) const;
  BoundPlan::Target target() const { return {isa_, pool_, packed_.get(), tuning_.get()}; }
  int32_t input_value(std::string_view name) const;
  Bytes input_bytes(int32_t value) const;
  template <class T>
  std::span<T> input_rows(int32_t value) const {
    const Bytes bytes = input_bytes(value);
    return {const_cast<T*>(reinterpret_cast<const T*>(bytes.data())), bytes.size() / sizeof(T)};
  }
  void find_written_rows();
  Status check_written_rows();
  int64_t positions_seen(const PlanStep& step) const;

  // The inputs that tell where steps write their rows into states.
  struct WrittenRows {
    int32_t position, sequence;
    bool operator==(const WrittenRows&) const = default;
  };

  std::unique_ptr<Plan> plan_;  // bound plans point into it
  LoadedWeights weights_;
  std::unique_ptr<PackedWeights> packed_;
  StateStore state_;
  ThreadPool* pool_;
  Isa isa_;
  std::shared_ptr<const Tuning> tuning_;
  MemoryBlock arena_memory_;  // inputs first, then the arena
  std::vector<WrittenRows> written_rows_;
  MemoryBlock scratch_;
  std::vector<std::unique_ptr<Bound>> bound_;  // most recent first
  std::vector<int64_t> key_;                   // room to make keys in
};

}  // namespace hone
