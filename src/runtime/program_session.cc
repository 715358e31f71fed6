#include "runtime/program_session.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <iterator>
#include <map>

#include "base/memory.h"
#include "ops/loop/op.h"
#include "runtime/repeat.h"
#include "runtime/slices.h"
#include "tensor/tensor_memory.h"

namespace hone {
namespace {

Expected<bool> truth_of(const RunValue& value, std::string_view what) {
  const ConstView view = value.tensor.view();
  if (value.kind != RunValue::Kind::tensor || view.dtype != DType::boolean ||
      view.dims.elements() != 1) {
    return fail(Code::invalid_argument, "the ", what, " must be one boolean");
  }
  return view.as<uint8_t>()[0] != 0;
}

// A tensor of a type without symbols, from the bytes of a model.
Expected<Tensor> tensor_of(const TensorType& type, Bytes bytes) {
  const Dims dims(type.shape, {});
  HONE_TRY(const int64_t expected, checked_bytes(type.dtype, dims));
  if (std::ssize(bytes) != expected) {
    return fail(Code::corrupt, "holds ", bytes.size(), " bytes instead of ", expected);
  }
  return Tensor::copy_of({bytes.data(), type.dtype, dims});
}

Expected<Tensor> read_constant(const ProgramValue& constant, const WeightMap& weights) {
  const StoredWeight* stored = weights.find(constant.name);
  const auto found =
      stored == nullptr ? StoredWeight::const_iterator() : stored->find(kCanonicalLayout);
  if (stored == nullptr || found == stored->end()) {
    return fail(Code::not_found, "the model does not have it");
  }
  return tensor_of(constant.type.tensor, found->second);
}

// States are allocated whole, whatever a file says of their size.
Status check_state_memory(const Program& program) {
  double needed = 0;
  for (const ProgramState& state : program.states) {
    const TensorType& type = program.values[static_cast<size_t>(state.input)].type.tensor;
    needed += static_cast<double>(size_bytes(type.dtype, Dims(type.shape, {})));
  }
  constexpr double kSmall = 1 << 20;  // nobody asks the system for so little
  if (needed <= kSmall) return {};
  const auto available = static_cast<double>(available_memory());
  if (available == 0 || needed <= available) return {};
  return fail(Code::limit_exceeded, "the model's states need more memory than is free");
}

Expected<Tensor> scalar(DType dtype, const void* value) {
  return Tensor::copy_of({static_cast<const std::byte*>(value), dtype, Dims()});
}

double microseconds(ProfileClock::time_point begin, ProfileClock::time_point end) {
  return std::chrono::duration<double, std::micro>(end - begin).count();
}

// What the caller's thread does between its making and its end, as a step of a profile; if any.
class Timed {
 public:
  Timed(Profile* profile, std::string op, std::string_view name, std::string_view by = "host")
      : profile_(profile), op_(std::move(op)), name_(name), by_(by) {}
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;
  ~Timed() {
    if (profile_ == nullptr) return;
    const auto end = ProfileClock::now();
    profile_->add({.name = std::string(name_),
                   .op = op_,
                   .variant = std::string(by_),
                   .weights = {},
                   .us = microseconds(begin_, end),
                   .cost = {},
                   .spans = {{0, begin_, end}}});
  }

 private:
  Profile* profile_;
  std::string op_;
  std::string_view name_, by_;
  ProfileClock::time_point begin_ = ProfileClock::now();
};

}  // namespace

struct ProgramSession::Shared {
  std::shared_ptr<WeightCopies> copies = std::make_shared<WeightCopies>();
  std::map<std::string, std::pair<TensorType, Tensor>, std::less<>> constants;  // by name
};

Expected<ProgramSession> ProgramSession::open(Program program, const WeightMap& weights,
                                              ThreadPool& pool, ProgramOptions options) {
  HONE_RETURN_IF_ERROR(check_state_memory(program));
  Shared shared;
  auto session = open(std::move(program), weights, pool, options, shared);
  drop_kept_tensor_memory();  // runs ask for other sizes than loading
  return session;
}

Expected<ProgramSession> ProgramSession::open(Program program, const WeightMap& weights,
                                              ThreadPool& pool, ProgramOptions options,
                                              Shared& shared) {
  ProgramSession session;
  session.options_ = options;
  session.program_ = std::make_unique<Program>(std::move(program));
  if (options.backends != nullptr) {
    HONE_TRY(session.placement_, place(*session.program_, weights, *options.backends));
  }
  HONE_RETURN_IF_ERROR(session.open_items(weights, pool, shared));
  HONE_RETURN_IF_ERROR(session.read_constants(weights, shared));
  HONE_RETURN_IF_ERROR(session.reset());
  return session;
}

Status ProgramSession::open_items(const WeightMap& weights, ThreadPool& pool, Shared& shared) {
  for (size_t i = 0; i < program_->items.size(); ++i) {
    ProgramItem& item = program_->items[i];
    Item& ready = items_.emplace_back();
    if (item.kind == ProgramItem::Kind::plan) {
      HONE_RETURN_IF_ERROR(open_plan(i, ready, weights, pool, shared));
    }
    if (item.kind == ProgramItem::Kind::host) {
      ready.host = find_host_op(item.step.op->name);
      if (ready.host == nullptr) {
        return fail(Code::unsupported, "node '", printable(item.step.name), "': this build has no ",
                    item.step.op->name);
      }
    }
    for (Program& body : item.bodies) {
      HONE_TRY(ProgramSession opened, open(std::move(body), weights, pool, options_, shared));
      ready.bodies.push_back(std::move(opened));
    }
  }
  return {};
}

Status ProgramSession::open_plan(size_t index, Item& ready, const WeightMap& weights,
                                 ThreadPool& pool, Shared& shared) {
  const SessionOptions options{
      .isa = options_.isa, .state = {}, .copies = shared.copies, .tuning = options_.tuning};
  HONE_TRY(Session opened,
           Session::open(std::move(program_->items[index].plan), weights, pool, options));
  ready.plan = std::make_unique<Session>(std::move(opened));
  if (options_.backends == nullptr || placement_.items[index].backend < 0) return {};
  const Status compiled = compile(index, ready, weights);
  return compiled ? Status() : fall_back(index, compiled.error());
}

Status ProgramSession::compile(size_t index, Item& ready, const WeightMap& weights) {
  const auto backend = static_cast<size_t>(placement_.items[index].backend);
  HONE_TRY(const BoundValues values, ready.plan->declared_values());
  HONE_TRY(CompiledGraph compiled, compile_plan(*options_.backends->backends[backend],
                                                ready.plan->plan(), values.types, weights));
  for (const int32_t output : ready.plan->plan().outputs) {
    ready.outputs.push_back(values.types[static_cast<size_t>(output)]);
  }
  ready.compiled = std::make_unique<CompiledGraph>(std::move(compiled));
  return {};
}

Status ProgramSession::fall_back(size_t index, const Error& error) {
  items_[index].compiled.reset();
  const auto backend = static_cast<size_t>(placement_.items[index].backend);
  const std::string why =
      cat(options_.backends->backends[backend]->name(), ": failed: ", error.text());
  if (!options_.backends->cpu) {
    return fail(Code::unsupported, "back end ", why, ", and --backend does not name the CPU");
  }
  placement_.fall_back(index, why);
  return {};
}

std::vector<StepPlace> ProgramSession::places() const {
  std::vector<StepPlace> all = placement_.steps;
  for (const Item& item : items_) {
    for (const ProgramSession& body : item.bodies) {
      const std::vector<StepPlace> inner = body.places();
      all.insert(all.end(), inner.begin(), inner.end());
    }
  }
  return all;
}

Status ProgramSession::read_constants(const WeightMap& weights, Shared& shared) {
  for (const int32_t value : program_->constants) {
    const ProgramValue& constant = program_->values[static_cast<size_t>(value)];
    const auto known = shared.constants.find(constant.name);
    if (known == shared.constants.end()) {
      HONE_TRY_CONTEXT(Tensor copy, read_constant(constant, weights), "weight '",
                       printable(constant.name), "'");
      shared.constants.emplace(constant.name, std::pair(constant.type.tensor, copy));
      constants_.emplace_back(value, std::move(copy));
      continue;
    }
    const auto& [type, tensor] = known->second;
    if (type != constant.type.tensor) {
      return fail(Code::corrupt, "weight '", printable(constant.name), "' has two types");
    }
    constants_.emplace_back(value, tensor);
  }
  return {};
}

Status ProgramSession::reset() {
  Values states;
  for (const ProgramState& state : program_->states) {
    const ProgramValue& value = program_->values[static_cast<size_t>(state.input)];
    const TensorType& type = value.type.tensor;
    Expected<Tensor> first = state.initial != nullptr
                                 ? tensor_of(type, *state.initial)
                                 : Tensor::allocate(type.dtype, Dims(type.shape, {}));
    HONE_TRY_CONTEXT(Tensor tensor, std::move(first), "state '", printable(value.name), "'");
    states.emplace_back(std::move(tensor));
  }
  states_ = std::move(states);
  return {};
}

Expected<std::vector<RunValue>> ProgramSession::run(std::span<const RunValue> inputs) {
  int64_t iterations = 0;
  iterations_ = &iterations;
  Expected<Values> outputs = run_once(inputs);
  iterations_ = nullptr;
  return outputs;
}

Expected<std::vector<RunValue>> ProgramSession::iterate(std::span<const RunValue> inputs) {
  if (*iterations_ == options_.max_iterations) {
    return fail(Code::limit_exceeded, "the model's loops ran ", *iterations_,
                " times without an end");
  }
  ++*iterations_;
  return run_once(inputs);
}

Expected<std::vector<RunValue>> ProgramSession::run_once(std::span<const RunValue> inputs) {
  HONE_CHECK(inputs.size() == program_->inputs.size());
  Values values(program_->values.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    values[static_cast<size_t>(program_->inputs[i])] = inputs[i];
  }
  for (const auto& [index, value] : constants_) values[static_cast<size_t>(index)] = value;
  for (size_t i = 0; i < states_.size(); ++i) {
    values[static_cast<size_t>(program_->states[i].input)] = states_[i];
  }
  HONE_RETURN_IF_ERROR(run_items(values));
  Values outputs;
  for (const int32_t output : program_->outputs) {
    outputs.push_back(values[static_cast<size_t>(output)]);
  }
  for (size_t i = 0; i < states_.size(); ++i) {
    states_[i] = values[static_cast<size_t>(program_->states[i].output)];
  }
  return outputs;
}

Expected<Profile> ProgramSession::profile(std::span<const RunValue> inputs) {
  Profile profile;
  profile_ = &profile;
  const auto begin = ProfileClock::now();
  const auto outputs = run(inputs);
  const auto end = ProfileClock::now();
  profile_ = nullptr;
  if (!outputs) return std::unexpected(outputs.error());
  profile.us = microseconds(begin, end);
  return profile;
}

std::vector<const Session*> ProgramSession::sessions() const {
  std::vector<const Session*> all;
  for (const Item& item : items_) {
    if (item.plan != nullptr) all.push_back(item.plan.get());
    for (const ProgramSession& body : item.bodies) {
      const std::vector<const Session*> inner = body.sessions();
      all.insert(all.end(), inner.begin(), inner.end());
    }
  }
  return all;
}

Status ProgramSession::run_steps(Session& session) {
  if (profile_ == nullptr) return session.run();
  HONE_TRY(Profile steps, session.profile());
  for (StepTime& step : steps.steps) profile_->add(std::move(step));
  return {};
}

Expected<StepOptions> ProgramSession::list_options(std::span<const RunValue> inputs) {
  StepOptions options;
  step_options_ = &options;
  const auto outputs = run(inputs);
  step_options_ = nullptr;
  if (!outputs) return std::unexpected(outputs.error());
  return options;
}

void ProgramSession::set_tuning(const std::shared_ptr<const Tuning>& tuning) {
  for (Item& item : items_) {
    if (item.plan != nullptr) item.plan->set_tuning(tuning);
    for (ProgramSession& body : item.bodies) body.set_tuning(tuning);
  }
}

Status ProgramSession::run_items(Values& values) {
  for (size_t i = 0; i < items_.size(); ++i) {
    const ProgramItem& item = program_->items[i];
    const auto run_one = [&]() -> Expected<Values> {
      switch (item.kind) {
        case ProgramItem::Kind::plan:
          return run_plan(i, values);
        case ProgramItem::Kind::host:
          return run_host(*items_[i].host, item, values);
        case ProgramItem::Kind::branch:
          return run_branch(item, items_[i], values);
        case ProgramItem::Kind::loop:
          return run_loop(item, items_[i], values);
      }
      return Values{};
    };
    Expected<Values> results = run_one();
    if (!results) {
      if (item.kind == ProgramItem::Kind::plan) return std::unexpected(std::move(results).error());
      return std::unexpected(std::move(results).error().context(
          cat("node '", printable(item.step.name), "' (", item.step.op->name, ")")));
    }
    if (results->size() != item.results.size()) {
      return fail(Code::corrupt, "'", printable(item.step.name), "' made ", results->size(),
                  " results, and the model takes ", item.results.size());
    }
    for (size_t r = 0; r < results->size(); ++r) {
      values[static_cast<size_t>(item.results[r])] = std::move((*results)[r]);
    }
  }
  return {};
}

Expected<std::vector<RunValue>> ProgramSession::run_plan(size_t index, const Values& values) {
  const ProgramItem& item = program_->items[index];
  Item& ready = items_[index];
  std::vector<ConstView> inputs;
  for (const int32_t operand : item.operands) {
    const RunValue& value = values[static_cast<size_t>(operand)];
    const std::string& name = program_->values[static_cast<size_t>(operand)].name;
    if (value.kind != RunValue::Kind::tensor) {
      return fail(Code::invalid_argument, "'", printable(name), "' is no tensor");
    }
    if (value.tensor.dtype() == DType::string) {
      return fail(Code::unsupported, "'", printable(name),
                  "' is text, which hone cannot compute with");
    }
    inputs.push_back(value.tensor.view());
  }
  if (ready.compiled == nullptr) return run_on_cpu(*ready.plan, item, inputs);
  HONE_RETURN_IF_ERROR(check_inputs(ready.plan->plan(), inputs));
  Expected<Values> results = run_compiled(ready, inputs);
  if (results) return results;
  HONE_RETURN_IF_ERROR(fall_back(index, results.error()));
  return run_on_cpu(*ready.plan, item, inputs);
}

Expected<std::vector<RunValue>> ProgramSession::run_compiled(Item& ready,
                                                             std::span<const ConstView> inputs) {
  std::vector<Tensor> outputs;
  for (const BoundType& type : ready.outputs) {
    HONE_TRY(Tensor output, Tensor::allocate(type.dtype, type.dims));
    outputs.push_back(std::move(output));
  }
  const std::vector<PlanStep>& steps = ready.plan->plan().steps;
  const Timed running(profile_, cat(steps.size(), steps.size() == 1 ? " step" : " steps"),
                      steps.front().name, ready.compiled->backend().name());
  HONE_RETURN_IF_ERROR(ready.compiled->run(inputs, outputs));
  return Values(std::make_move_iterator(outputs.begin()), std::make_move_iterator(outputs.end()));
}

Expected<std::vector<RunValue>> ProgramSession::run_on_cpu(Session& session,
                                                           const ProgramItem& item,
                                                           std::span<const ConstView> inputs) {
  {
    const Timed copying(profile_, "copy", "inputs");
    HONE_RETURN_IF_ERROR(session.set_inputs(inputs));
  }
  if (step_options_ != nullptr) session.list_options(*step_options_);
  HONE_RETURN_IF_ERROR(run_steps(session));
  const Timed copying(profile_, "copy", "outputs");
  Values results;
  for (size_t i = 0; i < item.results.size(); ++i) {
    HONE_TRY(Tensor copy, Tensor::copy_of(session.output_view(i)));
    results.emplace_back(std::move(copy));
  }
  return results;
}

Expected<std::vector<RunValue>> ProgramSession::run_host(const HostOp& op, const ProgramItem& item,
                                                         const Values& values) {
  std::vector<const RunValue*> operands;
  for (const int32_t operand : item.operands) {
    operands.push_back(operand < 0 ? nullptr : &values[static_cast<size_t>(operand)]);
  }
  const Timed running(profile_, std::string(item.step.op->name), item.step.name);
  return op.run(item.step.attrs, operands);
}

Expected<std::vector<RunValue>> ProgramSession::run_branch(const ProgramItem& item, Item& ready,
                                                           const Values& values) {
  HONE_TRY(const bool taken,
           truth_of(values[static_cast<size_t>(item.operands[0])], "condition of a branch"));
  ProgramSession& body = ready.bodies[taken ? 0 : 1];
  Values inputs;
  for (size_t i = 1; i < item.operands.size(); ++i) {
    inputs.push_back(values[static_cast<size_t>(item.operands[i])]);
  }
  body.profile_ = profile_;
  body.step_options_ = step_options_;
  body.iterations_ = iterations_;
  return body.run_once(inputs);
}

Expected<std::vector<RunValue>> ProgramSession::run_loop(const ProgramItem& item, Item& ready,
                                                         const Values& values) {
  const auto operand = [&](size_t i) -> const RunValue* {
    return item.operands[i] < 0 ? nullptr : &values[static_cast<size_t>(item.operands[i])];
  };
  ProgramSession& body = ready.bodies[0];
  body.profile_ = profile_;
  body.step_options_ = step_options_;
  body.iterations_ = iterations_;
  const auto& attrs = item.step.attrs.as<LoopAttrs>();
  if (attrs.kind != LoopAttrs::Kind::loop) {
    Values operands;
    for (size_t i = 0; i < item.operands.size(); ++i) {
      operands.push_back(operand(i) == nullptr ? RunValue() : *operand(i));
    }
    return attrs.kind == LoopAttrs::Kind::scan
               ? run_scan(body, attrs, operands, options_.max_iterations)
               : run_map(body, attrs, operands);
  }
  int64_t count = -1;  // no limit
  if (const RunValue* given = operand(0)) {
    const ConstView view = given->tensor.view();
    if (view.dtype != DType::i64 || view.dims.elements() != 1) {
      return fail(Code::invalid_argument, "a loop's count must be one i64");
    }
    count = std::max<int64_t>(0, view.as<int64_t>()[0]);
  }
  bool again = true;
  if (operand(1) != nullptr) {
    HONE_TRY(again, truth_of(*operand(1), "condition of a loop"));
  }
  const auto carried_count = static_cast<size_t>(attrs.carried);
  Values carried, captured;
  for (size_t i = 2; i < item.operands.size(); ++i) {
    const RunValue value = operand(i) == nullptr ? RunValue() : *operand(i);
    (carried.size() < carried_count ? carried : captured).push_back(value);
  }
  std::vector<std::vector<Tensor>> scanned(item.results.size() - carried_count);
  for (int64_t i = 0; again && (count < 0 || i < count); ++i) {
    const uint8_t yes = 1;
    HONE_TRY(Tensor iteration, scalar(DType::i64, &i));
    HONE_TRY(Tensor condition, scalar(DType::boolean, &yes));
    Values inputs{std::move(iteration), std::move(condition)};
    inputs.insert(inputs.end(), carried.begin(), carried.end());
    inputs.insert(inputs.end(), captured.begin(), captured.end());
    HONE_TRY(Values outputs, body.iterate(inputs));
    HONE_TRY(again, truth_of(outputs[0], "condition of a loop"));
    for (size_t c = 0; c < carried_count; ++c) carried[c] = std::move(outputs[1 + c]);
    for (size_t s = 0; s < scanned.size(); ++s) {
      scanned[s].push_back(std::move(outputs[1 + carried_count + s].tensor));
    }
  }
  const Program& inner = body.program();
  for (size_t s = 0; s < scanned.size(); ++s) {
    const int32_t output = inner.outputs[1 + carried_count + s];
    HONE_TRY(Tensor all, stack(scanned[s], 0, inner.values[static_cast<size_t>(output)].type));
    carried.emplace_back(std::move(all));
  }
  return carried;
}

}  // namespace hone
