#include "engine/check_program.h"

#include <algorithm>
#include <utility>

#include "ops/loop/op.h"
#include "tensor/tensor.h"

namespace hone {
namespace {

// Each item opens a session; a program that is cut at each detection has dozens.
constexpr size_t kMaxItems = size_t{1} << 14;  // with those of bodies
constexpr int64_t kMaxStateBytes = int64_t{1} << 30;

template <class Values>
bool holds(const Values& values, int32_t index) {
  return index >= 0 && static_cast<size_t>(index) < values.size();
}

Status check_symbols(std::span<const Symbol> symbols) {
  for (const Symbol& symbol : symbols) {
    if (symbol.min < 0 || symbol.max < symbol.min) {
      return fail(Code::corrupt, "symbol '", printable(symbol.name), "' has an empty range");
    }
  }
  return {};
}

Status check_type(const TensorType& type, std::span<const Symbol> symbols) {
  for (const Dim& dim : type.shape) {
    if (dim.is_symbol() && !dim.is_unknown() && !holds(symbols, dim.symbol_index())) {
      return fail(Code::corrupt, "its type has an unknown symbol");
    }
  }
  if (!is_static(type.shape)) return {};
  HONE_TRY([[maybe_unused]] const int64_t bytes, checked_bytes(type.dtype, Dims(type.shape, {})));
  return {};
}

// Bytes of a file can be its elements.
bool is_storable(const TensorType& type) {
  return is_static(type.shape) && type.dtype != DType::string && type.dtype != DType::q8_a;
}

// Number of operands, and none missing that is needed.
Status check_operands(const OpDef& op, std::span<const int32_t> operands, size_t values) {
  const size_t fixed = op.operands.size() - (op.is_variadic() ? 1 : 0);
  if (operands.size() < fixed || (operands.size() > fixed && !op.is_variadic())) {
    return fail(Code::corrupt, "it has ", operands.size(), " operands");
  }
  for (size_t i = 0; i < operands.size(); ++i) {
    if (operands[i] >= 0 && static_cast<size_t>(operands[i]) < values) continue;
    const std::string_view name = op.operands[std::min(i, op.operands.size() - 1)];
    if (operands[i] == -1 && (name.ends_with('?') || name.ends_with('*'))) continue;
    return fail(Code::corrupt, "operand '", name, "' is no value");
  }
  return {};
}

class PlanCheck {
 public:
  explicit PlanCheck(const Plan& plan)
      : plan_(plan), made_(plan.values.size()), group_of_(plan.values.size(), kBefore) {}

  Status run() {
    HONE_RETURN_IF_ERROR(check_symbols(plan_.symbols));
    HONE_RETURN_IF_ERROR(values());
    HONE_RETURN_IF_ERROR(inputs());
    if (plan_.outputs.empty()) return fail(Code::corrupt, "it has no outputs");
    int32_t group = kBefore;
    for (const PlanStep& one : plan_.steps) {
      if (one.op == nullptr) return fail(Code::corrupt, "a step has no op");
      if (Status status = step(one, group); !status) {
        return std::unexpected(std::move(status).error().context(
            cat("step '", printable(one.name), "' (", one.op->name, ")")));
      }
      group = one.group;
    }
    for (const int32_t output : plan_.outputs) {
      if (!holds(plan_.values, output) || !made_[static_cast<size_t>(output)]) {
        return fail(Code::corrupt, "an output is never made");
      }
      if (storage(plan_.root(output)) == Storage::state) {
        return fail(Code::corrupt, "an output is a state");
      }
    }
    return {};
  }

 private:
  Status values() {
    for (size_t i = 0; i < plan_.values.size(); ++i) {
      if (Status status = value(plan_.values[i], i); !status) {
        return std::unexpected(std::move(status).error().context(
            cat("value '", printable(plan_.values[i].name), "'")));
      }
    }
    return {};
  }

  Status value(const PlanValue& value, size_t index) {
    HONE_RETURN_IF_ERROR(check_type(value.type, plan_.symbols));
    const bool stored = value.storage == Storage::weight || value.storage == Storage::state;
    made_[index] = stored;
    if (stored && !is_storable(value.type)) {
      return fail(Code::corrupt, "is stored, and cannot be");
    }
    if (value.storage != Storage::weight && value.layout != kCanonicalLayout) {
      return fail(Code::corrupt, "has a layout, and is no weight");
    }
    if (value.storage == Storage::state &&
        (value.type.shape.size() != 2 || value.type.dtype != DType::f16)) {
      return fail(Code::corrupt, "a state must hold f16 [head, head_dim] a position");
    }
    if (value.storage != Storage::alias) return {};
    if (!holds(plan_.values, value.alias_of) || storage(value.alias_of) == Storage::alias) {
      return fail(Code::corrupt, "is an alias of no value, or of another alias");
    }
    if (plan_.values[static_cast<size_t>(value.alias_of)].layout == kCanonicalLayout) return {};
    return fail(Code::corrupt, "is an alias of packed bytes");
  }

  Status inputs() {
    const auto is_input = [](const PlanValue& value) { return value.storage == Storage::input; };
    if (std::cmp_not_equal(std::ranges::count_if(plan_.values, is_input), plan_.inputs.size())) {
      return fail(Code::corrupt, "its list of inputs is not complete");
    }
    for (const int32_t input : plan_.inputs) {
      if (!holds(plan_.values, input) ||
          plan_.values[static_cast<size_t>(input)].storage != Storage::input ||
          made_[static_cast<size_t>(input)]) {
        return fail(Code::corrupt, "an input is no value of its own");
      }
      made_[static_cast<size_t>(input)] = true;
    }
    return {};
  }

  Status step(const PlanStep& step, int32_t last_group) {
    if (step.op->runs == Runs::on_host) return fail(Code::corrupt, "runs between plans only");
    if (step.group < last_group) return fail(Code::corrupt, "its group comes after a later one");
    HONE_RETURN_IF_ERROR(check_operands(*step.op, step.operands, plan_.values.size()));
    HONE_TRY(const int32_t group, operands(step));
    if (step.results.empty()) return fail(Code::corrupt, "has no results");
    for (size_t i = 0; i < step.results.size(); ++i) HONE_RETURN_IF_ERROR(result(step, i, group));
    return {};
  }

  // The last group in which one of them is made. Steps of one group run at the same time.
  Expected<int32_t> operands(const PlanStep& step) const {
    int32_t group = kBefore;
    for (const int32_t operand : step.operands) {
      if (operand < 0) continue;
      if (!made_[static_cast<size_t>(operand)]) {
        return fail(Code::corrupt, "reads a value before it is made");
      }
      group = std::max(group, group_of_[static_cast<size_t>(operand)]);
    }
    if (step.kind == PlanStep::Kind::run && group >= step.group) {
      return fail(Code::corrupt, "reads what its own group makes");
    }
    return group;
  }

  // A reshape's result is its operand. A kernel writes to the arena, or to the operand that its op
  // says its result stands in.
  Status result(const PlanStep& step, size_t index, int32_t operand_group) {
    const int32_t result = step.results[index];
    if (!holds(plan_.values, result)) return fail(Code::corrupt, "a result is no value");
    const PlanValue& value = plan_.values[static_cast<size_t>(result)];
    std::vector<bool>::reference made = made_[static_cast<size_t>(result)];
    if (made) return fail(Code::corrupt, "a result is made twice");
    made = true;
    const bool runs = step.kind == PlanStep::Kind::run;
    group_of_[static_cast<size_t>(result)] = runs ? step.group : operand_group;
    const auto& aliased = step.op->aliases;
    const int32_t stands_in = index < aliased.size() ? aliased[index] : -1;
    if (step.kind == PlanStep::Kind::alias &&
        (value.storage != Storage::alias || stands_in != 0 || step.results.size() != 1)) {
      return fail(Code::corrupt, "does not have its operand as its result");
    }
    if (value.storage == Storage::arena) return {};
    if (value.storage != Storage::alias || stands_in < 0) {
      return fail(Code::corrupt, "writes over another value");
    }
    return aliases(value, step.operands[static_cast<size_t>(stands_in)]);
  }

  Status aliases(const PlanValue& value, int32_t operand) {
    if (operand >= 0 && plan_.root(value.alias_of) == plan_.root(operand)) return {};
    return fail(Code::corrupt, "its result does not stand in its operand");
  }

  Storage storage(int32_t value) const { return plan_.values[static_cast<size_t>(value)].storage; }

  static constexpr int32_t kBefore = -1;

  const Plan& plan_;
  std::vector<bool> made_;
  std::vector<int32_t> group_of_;  // of the step that made a value
};

class ProgramCheck {
 public:
  // `items` counts those of the whole program.
  ProgramCheck(const Program& program, size_t& items)
      : program_(program), items_(items), made_(program.values.size()) {}

  Status run() {
    items_ += program_.items.size();
    if (items_ > kMaxItems) {
      return fail(Code::limit_exceeded, "it has more than ", kMaxItems, " items");
    }
    HONE_RETURN_IF_ERROR(check_symbols(program_.symbols));
    for (const ProgramValue& value : program_.values) {
      if (Status status = check_type(value.type.tensor, program_.symbols); !status) {
        return std::unexpected(
            std::move(status).error().context(cat("value '", printable(value.name), "'")));
      }
    }
    HONE_RETURN_IF_ERROR(make(program_.inputs));
    HONE_RETURN_IF_ERROR(make(program_.constants));
    for (const int32_t constant : program_.constants) HONE_RETURN_IF_ERROR(fixed_tensor(constant));
    HONE_RETURN_IF_ERROR(states());
    for (size_t i = 0; i < program_.items.size(); ++i) {
      if (Status status = item(program_.items[i]); !status) {
        return std::unexpected(std::move(status).error().context(cat("item ", i)));
      }
    }
    for (const int32_t output : program_.outputs) HONE_RETURN_IF_ERROR(is_made(output));
    for (const ProgramState& state : program_.states) HONE_RETURN_IF_ERROR(is_made(state.output));
    return {};
  }

 private:
  Status states() {
    int64_t total = 0;
    for (const ProgramState& state : program_.states) {
      HONE_RETURN_IF_ERROR(make({&state.input, 1}));
      HONE_RETURN_IF_ERROR(fixed_tensor(state.input));
      const TensorType& type = program_.values[static_cast<size_t>(state.input)].type.tensor;
      total += size_bytes(type.dtype, Dims(type.shape, {}));  // each at most kMaxTensorBytes
      if (total > kMaxStateBytes) {
        return fail(Code::limit_exceeded, "its states hold more than ",
                    human_bytes(kMaxStateBytes));
      }
    }
    return {};
  }

  Status make(std::span<const int32_t> values) {
    for (const int32_t value : values) {
      if (!holds(program_.values, value)) return fail(Code::corrupt, "there is no value ", value);
      if (made_[static_cast<size_t>(value)]) return fail(Code::corrupt, "a value is made twice");
      made_[static_cast<size_t>(value)] = true;
    }
    return {};
  }
  Status is_made(int32_t value) const {
    if (holds(program_.values, value) && made_[static_cast<size_t>(value)]) return {};
    return fail(Code::corrupt, "value ", value, " is read and never made");
  }
  Status fixed_tensor(int32_t value) const {
    const Type& type = program_.values[static_cast<size_t>(value)].type;
    if (type.is_tensor() && is_storable(type.tensor)) return {};
    return fail(Code::corrupt, "a stored value must be a tensor of fixed shape, and no text");
  }

  Status item(const ProgramItem& item) {
    using Kind = ProgramItem::Kind;
    for (const int32_t operand : item.operands) {
      if (operand == -1 && item.kind != Kind::plan) continue;
      HONE_RETURN_IF_ERROR(is_made(operand));
    }
    HONE_RETURN_IF_ERROR(item.kind == Kind::plan ? plan(item) : node(item));
    for (const Program& body : item.bodies) {
      if (!body.states.empty()) return fail(Code::corrupt, "a body has states");
      HONE_RETURN_IF_ERROR(ProgramCheck(body, items_).run());
    }
    return make(item.results);
  }

  Status plan(const ProgramItem& item) {
    if (item.operands.size() != item.plan.inputs.size() ||
        item.results.size() != item.plan.outputs.size() || !item.bodies.empty()) {
      return fail(Code::corrupt, "its values do not fit its plan");
    }
    return check_plan(item.plan);
  }

  Status node(const ProgramItem& item) {
    const OpDef* op = item.step.op;
    if (op == nullptr) return fail(Code::corrupt, "has no op");
    HONE_RETURN_IF_ERROR(check_operands(*op, item.operands, program_.values.size()));
    if (item.kind == ProgramItem::Kind::branch) return branch(item);
    if (item.kind == ProgramItem::Kind::loop) return loop(item);
    if (op->runs != Runs::on_host || !item.bodies.empty()) {
      return fail(Code::corrupt, op->name, " does not run between plans");
    }
    return {};
  }

  Status branch(const ProgramItem& item) {
    bool fits = item.step.op->name == "branch" && item.bodies.size() == 2 &&
                std::ranges::find(item.operands, -1) == item.operands.end();
    for (const Program& body : item.bodies) {
      fits = fits && body.inputs.size() + 1 == item.operands.size() &&
             body.outputs.size() == item.results.size();
    }
    return fits ? Status() : fail(Code::corrupt, "a branch does not fit its bodies");
  }

  // Counts as in ops/loop/shape.cc; each is small, so that sums cannot overflow.
  Status loop(const ProgramItem& item) {
    const auto bad = [] { return fail(Code::corrupt, "a loop does not fit its body"); };
    if (item.step.op->name != "loop" || item.bodies.size() != 1) return bad();
    const auto& attrs = item.step.attrs.as<LoopAttrs>();
    const size_t inputs = item.bodies[0].inputs.size(), outputs = item.bodies[0].outputs.size();
    const size_t operands = item.operands.size(), results = item.results.size();
    if (attrs.carried < 0 || attrs.scanned < 0) return bad();
    const auto carried = static_cast<uint64_t>(attrs.carried);
    const auto scanned = static_cast<uint64_t>(attrs.scanned);
    if (carried > results || scanned > operands) return bad();
    if (attrs.kind == LoopAttrs::Kind::loop) {
      const bool fits = operands >= carried + 2 && inputs == operands && outputs == results + 1;
      return fits ? Status() : bad();
    }
    if (attrs.kind == LoopAttrs::Kind::scan && operands < carried + scanned) return bad();
    for (const auto* list : {&attrs.in_axes, &attrs.in_backwards}) {
      if (!list->empty() && list->size() != scanned) return bad();
    }
    for (const auto* list : {&attrs.out_axes, &attrs.out_backwards}) {
      if (!list->empty() && list->size() != results - carried) return bad();
    }
    return inputs == operands && outputs == results ? Status() : bad();
  }

  const Program& program_;
  size_t& items_;
  std::vector<bool> made_;
};

}  // namespace

Status check_plan(const Plan& plan) { return PlanCheck(plan).run(); }

Status check_program(const Program& program) {
  size_t items = 0;
  return ProgramCheck(program, items).run();
}

}  // namespace hone
