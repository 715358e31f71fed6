#include "backend/plugin/place.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "backend/plugin/partition.h"

namespace hone {
namespace {

// Steps of a plan as a plan of its own. Values from elsewhere become its inputs.
class PartMaker {
 public:
  PartMaker(const Plan& plan, const std::vector<bool>& crossing)
      : plan_(plan), crossing_(crossing) {}

  Plan make(std::span<const int32_t> steps) {
    part_.name = plan_.name;
    part_.symbols = plan_.symbols;
    for (const int32_t step : steps) add(plan_.steps[static_cast<size_t>(step)]);
    return std::move(part_);
  }
  // Values of the whole plan, in the order of the part's.
  std::vector<int32_t> inputs, outputs;

 private:
  void add(PlanStep step) {
    for (int32_t& operand : step.operands) operand = carried(operand);
    for (size_t r = 0; r < step.results.size(); ++r) {
      const int32_t old = step.results[r];
      PlanValue value = plan_.values[static_cast<size_t>(old)];
      if (value.storage == Storage::alias) {
        const size_t source = r < step.op->aliases.size() && step.op->aliases[r] >= 0
                                  ? static_cast<size_t>(step.op->aliases[r])
                                  : 0;
        value.alias_of = part_.root(step.operands[source]);
      }
      step.results[r] = made(old, std::move(value));
      if (!crossing_[static_cast<size_t>(old)]) continue;
      outputs.push_back(old);
      part_.outputs.push_back(step.results[r]);
    }
    part_.steps.push_back(std::move(step));
  }

  int32_t carried(int32_t old) {
    if (old < 0) return -1;
    if (const auto found = index_of_.find(old); found != index_of_.end()) return found->second;
    PlanValue value = plan_.values[static_cast<size_t>(old)];
    if (value.storage == Storage::weight) return made(old, std::move(value));
    value.storage = Storage::input;
    value.alias_of = -1;
    const int32_t index = made(old, std::move(value));
    inputs.push_back(old);
    part_.inputs.push_back(index);
    return index;
  }

  int32_t made(int32_t old, PlanValue value) {
    part_.values.push_back(std::move(value));
    return index_of_[old] = static_cast<int32_t>(part_.values.size()) - 1;
  }

  const Plan& plan_;
  const std::vector<bool>& crossing_;
  Plan part_;
  std::map<int32_t, int32_t> index_of_;
};

// Why a plan is not cut at all; empty: it may be.
std::string_view why_whole(const Plan& plan) {
  const auto known = [](const PlanStep& step) { return step.kind == PlanStep::Kind::at_bind; };
  if (std::ranges::any_of(plan.steps, known))
    return "sizes in its plan are known only when it runs";
  std::vector<bool> is_made(plan.values.size(), false);
  for (const PlanStep& step : plan.steps) {
    for (const int32_t result : step.results) is_made[static_cast<size_t>(result)] = true;
  }
  for (const PlanValue& value : plan.values) {
    if (value.at_bind) return "sizes in its plan are known only when it runs";
    if (value.storage == Storage::state) return "its plan keeps states";
  }
  const auto passed_on = [&](int32_t output) { return !is_made[static_cast<size_t>(output)]; };
  return std::ranges::any_of(plan.outputs, passed_on) ? "its plan passes on what it is given" : "";
}

class Placer {
 public:
  Placer(Program& program, const WeightMap& weights, const BackendOrder& order)
      : program_(program), weights_(weights), order_(order) {}

  Expected<Placement> place() {
    std::vector<ProgramItem> items = std::exchange(program_.items, {});
    for (ProgramItem& item : items) {
      if (item.kind == ProgramItem::Kind::plan) {
        HONE_RETURN_IF_ERROR(cut(std::move(item)));
      } else {
        program_.items.push_back(std::move(item));
        placement_.items.emplace_back();
      }
    }
    return std::move(placement_);
  }

 private:
  Status cut(ProgramItem item) {
    const Plan& plan = item.plan;
    std::vector<StepPlace> places = describe(plan);
    Partition partition(plan);
    const std::string_view whole = why_whole(plan);
    for (size_t b = 0; b < order_.backends.size(); ++b) {
      if (whole.empty()) {
        ask(static_cast<int>(b), plan, partition, places);
      } else {
        for (StepPlace& place : places) add_reason(place, static_cast<int>(b), whole);
      }
    }
    HONE_RETURN_IF_ERROR(check_cpu(partition, places));
    const std::vector<PlanPart> parts = partition.parts();
    if (parts.empty() || (parts.size() == 1 && parts[0].backend < 0)) {
      if (!parts.empty()) keep(parts[0], places);
      program_.items.push_back(std::move(item));
      return {};
    }
    const std::vector<bool> crossing = find_crossing(plan, parts);
    std::map<int32_t, int32_t> between;  // the program's values by the plan's
    for (size_t i = 0; i < plan.inputs.size(); ++i) between[plan.inputs[i]] = item.operands[i];
    for (size_t i = 0; i < plan.outputs.size(); ++i) between[plan.outputs[i]] = item.results[i];
    for (const PlanPart& part : parts) {
      keep(part, places);
      add_part(plan, part, crossing, between);
    }
    return {};
  }

  static std::vector<StepPlace> describe(const Plan& plan) {
    std::vector<StepPlace> places;
    for (const PlanStep& step : plan.steps) {
      places.push_back({.step = step.name,
                        .op = std::string(step.op->name),
                        .backend = std::string(kCpuName),
                        .why_not = {}});
    }
    return places;
  }

  void add_reason(StepPlace& place, int backend, std::string_view why) const {
    place.why_not.push_back(cat(order_.backends[static_cast<size_t>(backend)]->name(), ": ", why));
  }

  // What back end `backend` takes of those steps that nobody has.
  void ask(int backend, const Plan& plan, Partition& partition, std::vector<StepPlace>& places) {
    std::vector<bool> takes(plan.steps.size(), false);
    for (size_t s = 0; s < takes.size(); ++s) {
      const auto step = static_cast<int32_t>(s);
      if (partition.backend_of(step) >= 0) continue;
      const Status claimed = claim(*order_.backends[static_cast<size_t>(backend)], plan, step);
      takes[s] = claimed.has_value();
      if (!claimed) add_reason(places[s], backend, claimed.error().message);
    }
    partition.give(backend, takes, order_.least_steps);
    for (size_t s = 0; s < takes.size(); ++s) {
      if (!takes[s] || partition.backend_of(static_cast<int32_t>(s)) == backend) continue;
      add_reason(places[s], backend,
                 cat("its subgraph has fewer than ", order_.least_steps, " steps"));
    }
  }

  Status claim(Backend& backend, const Plan& plan, int32_t step) const {
    const auto& results = plan.steps[static_cast<size_t>(step)].results;
    HONE_TRY(const BackendGraph graph, BackendGraph::of(plan, {&step, 1}, results, weights_));
    return backend.claim(graph.view());
  }

  Status check_cpu(const Partition& partition, const std::vector<StepPlace>& places) const {
    if (order_.cpu) return {};
    for (size_t s = 0; s < places.size(); ++s) {
      if (partition.backend_of(static_cast<int32_t>(s)) >= 0) continue;
      const StepPlace& place = places[s];
      return fail(Code::unsupported, "node '", printable(place.step), "' (", place.op,
                  ") needs the CPU, which --backend does not name (",
                  place.why_not.empty() ? "nobody was asked" : place.why_not[0], ")");
    }
    return {};
  }

  // Makes room for a plan in the program, and tells where its steps went.
  void keep(const PlanPart& part, const std::vector<StepPlace>& places) {
    PlacedItem placed{.backend = part.backend, .steps = {}};
    const int subgraph = part.backend < 0 ? -1 : subgraphs_++;
    for (const int32_t step : part.steps) {
      StepPlace place = places[static_cast<size_t>(step)];
      if (part.backend >= 0) {
        place.backend = order_.backends[static_cast<size_t>(part.backend)]->name();
        place.subgraph = subgraph;
      }
      placed.steps.push_back(placement_.steps.size());
      placement_.steps.push_back(std::move(place));
    }
    placement_.items.push_back(std::move(placed));
  }

  void add_part(const Plan& plan, const PlanPart& part, const std::vector<bool>& crossing,
                std::map<int32_t, int32_t>& between) {
    PartMaker maker(plan, crossing);
    ProgramItem item;
    item.plan = maker.make(part.steps);
    const auto program_value = [&](int32_t value) {
      const auto next = static_cast<int32_t>(program_.values.size());
      const auto [found, added] = between.try_emplace(value, next);
      if (added) {
        const PlanValue& from = plan.values[static_cast<size_t>(value)];
        program_.values.push_back({from.name, from.type_known ? Type(from.type) : Type::unknown()});
      }
      return found->second;
    };
    for (const int32_t input : maker.inputs) item.operands.push_back(program_value(input));
    for (const int32_t output : maker.outputs) item.results.push_back(program_value(output));
    program_.items.push_back(std::move(item));
  }

  // By value of the plan: whether one part makes it and another, or who reads the plan, wants it.
  static std::vector<bool> find_crossing(const Plan& plan, std::span<const PlanPart> parts) {
    std::vector<bool> crossing(plan.values.size(), false);
    for (const int32_t output : plan.outputs) crossing[static_cast<size_t>(output)] = true;
    std::vector<const PlanPart*> maker(plan.values.size(), nullptr);
    for (const PlanPart& part : parts) {  // each behind those that it reads from
      for (const int32_t s : part.steps) {
        const PlanStep& step = plan.steps[static_cast<size_t>(s)];
        for (const int32_t operand : step.operands) {
          if (operand < 0 || maker[static_cast<size_t>(operand)] == &part) continue;
          crossing[static_cast<size_t>(operand)] = true;
        }
        for (const int32_t result : step.results) maker[static_cast<size_t>(result)] = &part;
      }
    }
    return crossing;
  }

  Program& program_;
  const WeightMap& weights_;
  const BackendOrder& order_;
  Placement placement_;
  int subgraphs_ = 0;
};

// "PATH:OPTIONS"
std::pair<std::string, std::string> split_options(const std::string& word) {
  const size_t colon = word.find(':');
  if (colon == word.npos) return {word, {}};
  return {word.substr(0, colon), word.substr(colon + 1)};
}

}  // namespace

Expected<BackendOrder> BackendOrder::load(const std::vector<std::string>& words,
                                          size_t least_steps) {
  BackendOrder order{.backends = {}, .cpu = words.empty(), .least_steps = least_steps};
  for (const std::string& word : words) {
    if (word == kCpuName) {
      order.cpu = true;
      break;
    }
    const auto [path, options] = split_options(word);
    HONE_TRY(std::shared_ptr<Backend> backend, Backend::load(path, options));
    order.backends.push_back(std::move(backend));
  }
  return order;
}

void Placement::fall_back(size_t item, std::string why) {
  PlacedItem& placed = items[item];
  for (const size_t step : placed.steps) {
    steps[step].backend = kCpuName;
    steps[step].subgraph = -1;
    steps[step].fell_back = why;
  }
  placed.backend = -1;
}

Expected<Placement> place(Program& program, const WeightMap& weights, const BackendOrder& order) {
  return Placer(program, weights, order).place();
}

Expected<CompiledGraph> compile_plan(Backend& backend, const Plan& plan,
                                     std::span<const BoundType> types, const WeightMap& weights) {
  for (size_t i = 0; i < types.size(); ++i) {
    const TensorType& told = plan.values[i].type;
    if (told.dtype == types[i].dtype && Dims(told.shape, {}) == types[i].dims) continue;
    return fail(Code::corrupt, "the model tells a wrong type of '", printable(plan.values[i].name),
                "'");
  }
  std::vector<int32_t> steps(plan.steps.size());
  std::iota(steps.begin(), steps.end(), 0);
  HONE_TRY(const BackendGraph graph, BackendGraph::of(plan, steps, plan.outputs, weights));
  if (graph.inputs().size() != plan.inputs.size() ||
      !std::ranges::equal(graph.inputs(), plan.inputs)) {
    return fail(Code::internal, "a subgraph's inputs are in another order");
  }
  HONE_TRY(CompiledGraph compiled, backend.compile(graph.view()));
  compiled.keep(graph.weights());
  return compiled;
}

}  // namespace hone
