#include "runtime/session.h"

#include <algorithm>

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
  for (size_t i = 0; i < step.operands.size(); ++i) {
    if (step.op->operands[i] == name) return step.operands[i];
  }
  return -1;
}

int64_t aligned(int64_t bytes) { return (bytes + kArenaAlign - 1) / kArenaAlign * kArenaAlign; }

}  // namespace

Expected<Session> Session::open(Plan plan, const WeightMap& weights, ThreadPool& pool,
                                SessionOptions options) {
  auto kept = std::make_unique<Plan>(std::move(plan));
  HONE_TRY(StateStore state, StateStore::open(*kept, options.state));
  HONE_TRY(LoadedWeights loaded, LoadedWeights::load(*kept, weights, pool));
  Session session(std::move(kept), std::move(loaded), std::move(state), pool, options.isa);
  HONE_RETURN_IF_ERROR(session.reserve());
  session.find_written_rows();
  return session;
}

// Takes memory for the largest sizes; what smaller ones do not touch is never made resident.
Status Session::reserve() {
  const std::vector<int64_t> most = largest(*plan_);
  input_offsets_.assign(plan_->values.size(), -1);
  for (size_t i = 0; i < plan_->values.size(); ++i) {
    const PlanValue& value = plan_->values[i];
    if (value.storage != Storage::input) continue;
    input_offsets_[i] = input_bytes_;
    input_bytes_ += aligned(size_bytes(value.type.dtype, Dims(value.type.shape, most)));
  }
  const Arena arena = plan_arena(*plan_, most);
  HONE_TRY(arena_memory_, MemoryBlock::allocate(static_cast<size_t>(input_bytes_ + arena.bytes)));
  return {};
}

Operand Session::operand(int32_t value, const Dims& dims, const Arena& arena) const {
  const int32_t root = plan_->root(value);
  const auto index = static_cast<size_t>(root);
  const PlanValue& root_value = plan_->values[index];
  Operand operand;
  operand.view.dtype = plan_->values[static_cast<size_t>(value)].type.dtype;
  operand.view.dims = dims;
  operand.layout = root_value.layout;
  switch (root_value.storage) {
    case Storage::state:
      operand.state = state_.view(root);
      break;
    case Storage::weight:
      operand.view.data = const_cast<std::byte*>(weights_.bytes(root).data());
      break;
    case Storage::input:
      operand.view.data = arena_memory_.data() + input_offsets_[index];
      operand.is_input = true;
      break;
    default:
      operand.view.data = arena_memory_.data() + input_bytes_ + arena.slots[index].offset;
  }
  return operand;
}

Expected<BoundPlan> Session::make_bound(std::span<const int64_t> symbol_values) {
  const Arena arena = plan_arena(*plan_, symbol_values);
  if (arena.bytes + input_bytes_ > static_cast<int64_t>(arena_memory_.size())) {
    // A greedy plan of smaller sizes may come out larger than that of the largest ones.
    HONE_TRY(MemoryBlock larger,
             MemoryBlock::allocate(static_cast<size_t>(input_bytes_ + arena.bytes)));
    bound_.clear();  // they point into what goes
    arena_memory_ = std::move(larger);
  }
  return BoundPlan::bind(
      *plan_, {symbol_values.begin(), symbol_values.end()}, isa_, pool_->size(),
      [&](int32_t value, const Dims& dims) { return operand(value, dims, arena); });
}

Status Session::bind(std::span<const int64_t> symbol_values) {
  HONE_CHECK(symbol_values.size() == plan_->symbols.size());
  for (size_t i = 0; i < symbol_values.size(); ++i) {
    const Symbol& symbol = plan_->symbols[i];
    if (symbol_values[i] < symbol.min || symbol_values[i] > symbol.max) {
      return fail(Code::limit_exceeded, symbol.name, " must lie between ", symbol.min, " and ",
                  symbol.max, ", not be ", symbol_values[i]);
    }
  }
  const auto found = std::ranges::find_if(bound_, [&](const auto& bound) {
    return std::ranges::equal(bound->symbol_values(), symbol_values);
  });
  if (found != bound_.end()) {
    std::rotate(bound_.begin(), found, found + 1);
  } else {
    HONE_TRY(BoundPlan made, make_bound(symbol_values));
    const size_t scratch = made.scratch_bytes() * static_cast<size_t>(pool_->size());
    if (scratch > scratch_.size()) {
      HONE_TRY(scratch_, MemoryBlock::allocate(scratch));
    }
    if (bound_.size() == kBoundPlans) bound_.pop_back();
    bound_.insert(bound_.begin(), std::make_unique<BoundPlan>(std::move(made)));
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
  return bound_[0]->run(*pool_, scratch_.bytes());
}

Expected<std::vector<StepTime>> Session::profile() {
  HONE_CHECK(!bound_.empty());
  HONE_RETURN_IF_ERROR(check_written_rows());
  return bound_[0]->profile(*pool_, scratch_.bytes());
}

int32_t Session::input_value(std::string_view name) const {
  const int32_t value = plan_->find(name);
  HONE_CHECK(value >= 0 && plan_->values[static_cast<size_t>(value)].storage == Storage::input);
  return value;
}

Bytes Session::input_bytes(int32_t value) const {
  HONE_CHECK(!bound_.empty());
  const auto index = static_cast<size_t>(value);
  const TensorType& type = plan_->values[index].type;
  const int64_t bytes = size_bytes(type.dtype, Dims(type.shape, bound_[0]->symbol_values()));
  return {arena_memory_.data() + input_offsets_[index], static_cast<size_t>(bytes)};
}

std::span<const float> Session::output(size_t index) const {
  HONE_CHECK(!bound_.empty());
  const int32_t value = plan_->outputs[index];
  const TensorType& type = plan_->values[static_cast<size_t>(value)].type;
  const Dims dims(type.shape, bound_[0]->symbol_values());
  const View view = bound_[0]->output(index);
  return {view.as<float>(), static_cast<size_t>(dims.elements())};
}

}  // namespace hone
