#include "runtime/session.h"

#include <algorithm>
#include <cstring>

namespace hone {
namespace {

// Sizes that come back (decode's one token, a full chunk) stay bound; others are bound anew.
constexpr size_t kBoundPlans = 8;

std::vector<int64_t> largest(const Plan& plan) {
  std::vector<int64_t> values;
  for (const Symbol& symbol : plan.symbols) values.push_back(symbol.max);
  return values;
}

// The value that a step has for an operand of its op; -1: none.
int32_t operand_of(const PlanStep& step, std::string_view name) {
  for (size_t i = 0; i < step.op->operands.size() && i < step.operands.size(); ++i) {
    if (step.op->operands[i] == name) return step.operands[i];
  }
  return -1;
}

// For sizes that nobody foresaw: what a few numbers of a file ask for may be more than there is,
// and would end the process when it is touched.
Expected<MemoryBlock> working_memory(int64_t bytes) {
  constexpr int64_t kSmall = int64_t{64} << 20;  // no reason to ask the system
  const size_t available = bytes <= kSmall ? 0 : available_memory();
  if (available != 0 && static_cast<uint64_t>(bytes) > available) {
    return fail(Code::limit_exceeded, "a run with these sizes needs ",
                human_bytes(static_cast<uint64_t>(bytes)), ", but only ", human_bytes(available),
                " of memory are free");
  }
  return MemoryBlock::allocate(static_cast<size_t>(bytes), MemoryBlock::Pages::huge);
}

// Offsets of a plan's inputs in a row, -1 for other values; `end` comes after the last.
std::vector<int64_t> place_inputs(const Plan& plan, const BoundValues& values, int64_t& end) {
  std::vector<int64_t> offsets(plan.values.size(), -1);
  end = 0;
  for (const int32_t input : plan.inputs) {
    const auto i = static_cast<size_t>(input);
    offsets[i] = end;
    end += arena_aligned(size_bytes(values.types[i].dtype, values.types[i].dims));
  }
  return offsets;
}

}  // namespace

Expected<Session> Session::open(Plan plan, const WeightMap& weights, ThreadPool& pool,
                                SessionOptions options) {
  auto kept = std::make_unique<Plan>(std::move(plan));
  HONE_TRY(StateStore state, StateStore::open(*kept, options.state));
  HONE_TRY(LoadedWeights loaded, LoadedWeights::load(*kept, weights, pool, options.copies));
  Session session(std::move(kept), std::move(loaded), std::move(state), pool, options.isa);
  session.tuning_ = std::move(options.tuning);
  session.packed_ = std::make_unique<PackedWeights>(weights.release);
  HONE_RETURN_IF_ERROR(session.reserve());
  session.find_written_rows();
  return session;
}

// Takes memory for the largest sizes, if there are such; what smaller ones do not touch is never
// made resident.
Status Session::reserve() {
  if (!has_bounded_shapes(*plan_)) return {};
  HONE_TRY(const BoundValues values, resolve_symbols(*plan_, largest(*plan_), weights_, isa_));
  int64_t input_bytes = 0;
  place_inputs(*plan_, values, input_bytes);
  const Arena arena = plan_arena(*plan_, values);
  // All of it is written by the first run of the only sizes, and touching 8 MB in pages of 4 kB
  // takes 3.4 ms, in huge ones 0.8. Of the largest sizes, few runs touch much.
  const auto pages = plan_->symbols.empty() ? MemoryBlock::Pages::huge : MemoryBlock::Pages::normal;
  HONE_TRY(arena_memory_,
           MemoryBlock::allocate(static_cast<size_t>(input_bytes + arena.bytes), pages));
  return {};
}

Operand Session::operand(int32_t value, const Bound& bound) const {
  const int32_t root = plan_->root(value);
  const auto index = static_cast<size_t>(root);
  const PlanValue& root_value = plan_->values[index];
  const BoundType& type = bound.values.types[static_cast<size_t>(value)];
  Operand operand;
  operand.view.dtype = type.dtype;
  operand.view.dims = type.dims;
  operand.layout = root_value.layout;
  if (const std::byte* known = bound.values.known[static_cast<size_t>(value)]; known != nullptr) {
    operand.view.data = const_cast<std::byte*>(known);
    operand.is_constant = true;
    operand.is_weight = root_value.storage == Storage::weight;
    return operand;
  }
  switch (root_value.storage) {
    case Storage::state:
      operand.state = state_.view(root);
      break;
    case Storage::weight:
      operand.view.data = const_cast<std::byte*>(weights_.bytes(root).data());
      operand.is_constant = true;
      operand.is_weight = true;
      break;
    case Storage::input:
      operand.view.data = arena_memory_.data() + bound.input_offsets[index];
      operand.is_input = true;
      break;
    default:
      operand.view.data = arena_memory_.data() + bound.arena.slots[index].offset;
  }
  return operand;
}

bool Session::reuse(std::span<const int64_t> key) {
  const auto found = std::ranges::find_if(bound_, [&](const auto& bound) {
    return bound->tuning == tuning_ && std::ranges::equal(bound->key, key);
  });
  if (found == bound_.end()) return false;
  std::rotate(bound_.begin(), found, found + 1);
  return true;
}

Status Session::add_bound(std::span<const int64_t> key, BoundValues values) {
  auto bound = std::make_unique<Bound>();
  bound->key.assign(key.begin(), key.end());
  bound->tuning = tuning_;
  bound->values = std::move(values);
  int64_t input_bytes = 0;
  bound->input_offsets = place_inputs(*plan_, bound->values, input_bytes);
  bound->arena = plan_arena(*plan_, bound->values);
  for (ArenaSlot& slot : bound->arena.slots) {
    if (slot.offset >= 0) slot.offset += input_bytes;
  }
  const int64_t needed = input_bytes + bound->arena.bytes;
  if (needed > static_cast<int64_t>(arena_memory_.size())) {
    // Sizes that were not foreseen; and a greedy plan of smaller sizes may come out larger.
    HONE_TRY(MemoryBlock larger, working_memory(needed));
    bound_.clear();  // they point into what goes
    arena_memory_ = std::move(larger);
  }
  HONE_TRY(bound->plan, BoundPlan::bind(*plan_, target(),
                                        [&](int32_t value) { return operand(value, *bound); }));
  const size_t scratch = bound->plan.scratch_bytes() * static_cast<size_t>(pool_->size());
  if (scratch > scratch_.size()) {
    HONE_TRY(scratch_, MemoryBlock::allocate(scratch));
  }
  if (bound_.size() == kBoundPlans) bound_.pop_back();
  bound_.insert(bound_.begin(), std::move(bound));
  return {};
}

Status Session::bind(std::span<const int64_t> symbol_values) {
  HONE_CHECK(symbol_values.size() == plan_->symbols.size());
  for (size_t i = 0; i < symbol_values.size(); ++i) {
    const Symbol& symbol = plan_->symbols[i];
    if (symbol_values[i] < symbol.min || symbol_values[i] > symbol.max) {
      return fail(Code::limit_exceeded, printable(symbol.name), " must lie between ", symbol.min,
                  " and ", symbol.max, ", not be ", symbol_values[i]);
    }
  }
  if (reuse(symbol_values)) return {};
  HONE_TRY(BoundValues values, resolve_symbols(*plan_, symbol_values, weights_, isa_));
  return add_bound(symbol_values, std::move(values));
}

Status Session::set_inputs(std::span<const ConstView> inputs) {
  HONE_CHECK(inputs.size() == plan_->inputs.size());
  key_.clear();
  for (size_t i = 0; i < inputs.size(); ++i) {
    key_.push_back(static_cast<int64_t>(inputs[i].dtype));
    key_.push_back(static_cast<int64_t>(inputs[i].dims.rank()));
    for (const int64_t size : inputs[i].dims.sizes()) key_.push_back(size);
    if (!plan_->values[static_cast<size_t>(plan_->inputs[i])].at_bind) continue;
    const auto bytes = static_cast<size_t>(size_bytes(inputs[i].dtype, inputs[i].dims));
    const size_t words = (bytes + sizeof(int64_t) - 1) / sizeof(int64_t);
    key_.resize(key_.size() + words, 0);
    if (bytes > 0) std::memcpy(key_.data() + key_.size() - words, inputs[i].data, bytes);
  }
  if (!reuse(key_)) {
    HONE_TRY(BoundValues values, resolve_inputs(*plan_, inputs, weights_, isa_));
    HONE_RETURN_IF_ERROR(add_bound(key_, std::move(values)));
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    const int64_t offset = bound_[0]->input_offsets[static_cast<size_t>(plan_->inputs[i])];
    const auto bytes = static_cast<size_t>(size_bytes(inputs[i].dtype, inputs[i].dims));
    if (bytes > 0) std::memcpy(arena_memory_.data() + offset, inputs[i].data, bytes);
  }
  return {};
}

// A step that has a state as its result writes a row at each (position, sequence) of its operands.
void Session::find_written_rows() {
  const auto storage = [&](int32_t value) {
    return plan_->values[static_cast<size_t>(plan_->root(value))].storage;
  };
  for (const PlanStep& step : plan_->steps) {
    const bool writes = std::ranges::any_of(
        step.results, [&](int32_t value) { return storage(value) == Storage::state; });
    const int32_t position = operand_of(step, "position"), sequence = operand_of(step, "sequence");
    if (!writes || position < 0 || sequence < 0) continue;
    if (storage(position) != Storage::input || storage(sequence) != Storage::input) continue;
    const WrittenRows rows{plan_->root(position), plan_->root(sequence)};
    if (std::ranges::find(written_rows_, rows) == written_rows_.end()) {
      written_rows_.push_back(rows);
    }
  }
}

Status Session::check_written_rows() {
  for (const WrittenRows& rows : written_rows_) {
    HONE_RETURN_IF_ERROR(state_.check_distinct(input_rows<const int32_t>(rows.position),
                                               input_rows<const int32_t>(rows.sequence)));
  }
  return {};
}

Status Session::run() {
  HONE_CHECK(!bound_.empty());
  HONE_RETURN_IF_ERROR(check_written_rows());
  return bound_[0]->plan.run(*pool_, scratch_.bytes());
}

// Of a step that follows positions into a state: one behind the last of them.
int64_t Session::positions_seen(const PlanStep& step) const {
  const int32_t position = operand_of(step, "position");
  if (position < 0) return 1;
  const int32_t root = plan_->root(position);
  if (plan_->values[static_cast<size_t>(root)].storage != Storage::input) return 1;
  int64_t seen = 1;
  for (const int32_t at : input_rows<const int32_t>(root)) seen = std::max<int64_t>(seen, at + 1);
  return seen;
}

Expected<Profile> Session::profile() {
  HONE_CHECK(!bound_.empty());
  HONE_RETURN_IF_ERROR(check_written_rows());
  HONE_TRY(Profile profile, bound_[0]->plan.profile(*pool_, scratch_.bytes()));
  for (StepTime& time : profile.steps) {
    if (time.variant != kViewVariant) {
      time.cost = cost_of(*time.step, *plan_, bound_[0]->values, positions_seen(*time.step));
    }
    time.weights = weights_of(*time.step, *plan_);
  }
  return profile;
}

SessionMemory Session::memory() const {
  SessionMemory memory{.mapped = weights_.mapped_bytes(*packed_),
                       .packed = copies().bytes(),
                       .kernels = packed_->bytes(),
                       .states = state_.reserved_bytes(),
                       .spare = arena_memory_.size(),
                       .scratch = scratch_.size()};
  if (bound_.empty()) return memory;
  int64_t inputs = 0;
  place_inputs(*plan_, bound_[0]->values, inputs);
  memory.inputs = static_cast<uint64_t>(inputs);
  memory.arena = static_cast<uint64_t>(bound_[0]->arena.bytes);
  memory.spare -= memory.inputs + memory.arena;
  return memory;
}

void Session::list_options(StepOptions& options) const {
  HONE_CHECK(!bound_.empty());
  const auto bind_value = [&](int32_t value) { return operand(value, *bound_[0]); };
  BoundPlan::list_options(*plan_, target(), bind_value, options);
}

int32_t Session::input_value(std::string_view name) const {
  const int32_t value = plan_->find(name);
  HONE_CHECK(value >= 0 && plan_->values[static_cast<size_t>(value)].storage == Storage::input);
  return value;
}

Bytes Session::input_bytes(int32_t value) const {
  HONE_CHECK(!bound_.empty());
  const auto index = static_cast<size_t>(value);
  const BoundType& type = bound_[0]->values.types[index];
  const int64_t bytes = size_bytes(type.dtype, type.dims);
  return {arena_memory_.data() + bound_[0]->input_offsets[index], static_cast<size_t>(bytes)};
}

std::span<const float> Session::output(size_t index) const {
  const ConstView view = output_view(index);
  return {view.as<float>(), static_cast<size_t>(view.dims.elements())};
}

ConstView Session::output_view(size_t index) const {
  HONE_CHECK(!bound_.empty());
  return bound_[0]->plan.output(index);
}

}  // namespace hone
