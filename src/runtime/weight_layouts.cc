#include "runtime/weight_layouts.h"

#include <array>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "runtime/bound_values.h"
#include "runtime/executor.h"

namespace hone {
namespace {

// By name; kCanonicalLayout also where readers disagree.
class Wishes {
 public:
  void add(const std::string& weight, std::string_view layout) {
    const auto [at, is_new] = layouts_.try_emplace(weight, layout);
    if (!is_new && at->second != layout) at->second = kCanonicalLayout;
  }
  std::string_view of(const std::string& weight) const {
    const auto found = layouts_.find(weight);
    return found == layouts_.end() ? kCanonicalLayout : found->second;
  }

 private:
  std::map<std::string, std::string_view> layouts_;
};

// Sizes that a plan leaves open: its first axis is of one element, others are as large as each of
// these, until such sizes can be run. Most kernels are the same for all.
constexpr std::array<int64_t, 4> kOpenSizes = {320, 64, 16, 1};

// By symbol: its usual size where it is bounded, else `open`, or 1 for what counts a batch.
std::vector<int64_t> symbol_sizes(const Plan& plan, int64_t open) {
  std::vector<int64_t> sizes;
  for (const Symbol& symbol : plan.symbols) {
    const bool is_open = symbol.max == std::numeric_limits<int64_t>::max();
    sizes.push_back(is_open ? open : symbol.opt);
  }
  for (const int32_t input : plan.inputs) {
    const Shape& shape = plan.values[static_cast<size_t>(input)].type.shape;
    if (shape.empty() || !shape[0].is_symbol() || shape[0].is_unknown()) continue;
    const auto index = static_cast<size_t>(shape[0].symbol_index());
    if (plan.symbols[index].max == std::numeric_limits<int64_t>::max()) sizes[index] = 1;
  }
  return sizes;
}

// Inputs without elements.
Expected<std::vector<ConstView>> open_inputs(const Plan& plan, int64_t open) {
  const std::vector<int64_t> symbols = symbol_sizes(plan, open);
  std::vector<ConstView> inputs;
  for (const int32_t input : plan.inputs) {
    const PlanValue& value = plan.values[static_cast<size_t>(input)];
    if (!value.type_known || value.at_bind) {
      return fail(Code::unsupported, "its sizes follow from what is run");
    }
    std::vector<int64_t> sizes;
    for (const Dim& dim : value.type.shape) {
      sizes.push_back(dim.is_unknown()  ? (sizes.empty() ? 1 : open)
                      : dim.is_symbol() ? symbols[static_cast<size_t>(dim.symbol_index())]
                                        : dim.value());
    }
    inputs.push_back({nullptr, value.type.dtype, Dims(std::span<const int64_t>(sizes))});
  }
  return inputs;
}

// A plan under the sizes that it declares.
class SizedPlan {
 public:
  static Expected<SizedPlan> of(const Plan& plan, const WeightMap& map) {
    SizedPlan sized(plan);
    ThreadPool alone(1);
    HONE_TRY(sized.weights_, LoadedWeights::load(plan, map, alone));
    for (const int64_t open : kOpenSizes) {
      HONE_TRY(const std::vector<ConstView> inputs, open_inputs(plan, open));
      // Steps that steer shapes run here, whatever set the layouts are for.
      auto values = resolve_inputs(plan, inputs, sized.weights_, best_isa());
      if (!values) continue;
      sized.values_ = *std::move(values);
      return sized;
    }
    return fail(Code::unsupported, "its sizes are not known");
  }

  Operand operand(int32_t value) const {
    static std::byte somewhere{};  // kernels that accept read the elements of weights alone
    const auto index = static_cast<size_t>(value);
    const Storage storage = plan_->values[static_cast<size_t>(plan_->root(value))].storage;
    const BoundType& type = values_.types[index];
    const std::byte* known = values_.known[index];
    Operand operand;
    operand.view = {known == nullptr ? &somewhere : const_cast<std::byte*>(known), type.dtype,
                    type.dims};
    operand.is_constant = known != nullptr;
    operand.is_weight = storage == Storage::weight;
    operand.is_input = storage == Storage::input;
    return operand;
  }

 private:
  explicit SizedPlan(const Plan& plan) : plan_(&plan) {}

  const Plan* plan_;
  LoadedWeights weights_;
  BoundValues values_;
};

std::string_view wanted_layout(const PlanStep& step, const SizedPlan& sized, Isa isa) {
  if (step.kind != PlanStep::Kind::run) return kCanonicalLayout;
  const StepBinding binding =
      binding_of(step, isa, 1, [&](int32_t value) { return sized.operand(value); });
  const CpuKernel* kernel = choose_kernel(binding);
  return kernel == nullptr ? kCanonicalLayout : weight_layout(*kernel, binding);
}

void add_wishes(const Plan& plan, const WeightMap& map, Isa isa, Wishes& wishes) {
  Plan plain = plan;
  for (PlanValue& value : plain.values) value.layout = kCanonicalLayout;
  const auto sized = SizedPlan::of(plain, map);
  for (const PlanStep& step : plain.steps) {
    const std::string_view wanted = sized ? wanted_layout(step, *sized, isa) : kCanonicalLayout;
    for (size_t i = 0; i < step.operands.size(); ++i) {
      if (step.operands[i] < 0) continue;
      // What is read under another shape is not packed.
      const PlanValue& value = plain.values[static_cast<size_t>(step.operands[i])];
      const PlanValue& root = plain.values[static_cast<size_t>(plain.root(step.operands[i]))];
      if (root.storage != Storage::weight) continue;
      const bool own = value.storage == Storage::weight && i == kPackedOperand;
      wishes.add(root.name, own ? wanted : kCanonicalLayout);
    }
  }
  for (const int32_t output : plain.outputs) {
    wishes.add(plain.values[static_cast<size_t>(plain.root(output))].name, kCanonicalLayout);
  }
}

void add_wishes(const Program& program, const WeightMap& map, Isa isa, Wishes& wishes) {
  for (const int32_t constant : program.constants) {
    wishes.add(program.values[static_cast<size_t>(constant)].name, kCanonicalLayout);
  }
  for (const ProgramItem& item : program.items) {
    if (item.kind == ProgramItem::Kind::plan) add_wishes(item.plan, map, isa, wishes);
    for (const Program& body : item.bodies) add_wishes(body, map, isa, wishes);
  }
}

void set_layouts(Program& program, const Wishes& wishes) {
  for (ProgramItem& item : program.items) {
    for (PlanValue& value : item.plan.values) {
      if (value.storage != Storage::weight || value.layout != kCanonicalLayout) continue;
      value.layout = wishes.of(value.name);
    }
    for (Program& body : item.bodies) set_layouts(body, wishes);
  }
}

}  // namespace

void choose_weight_layouts(Program& program, const WeightMap& weights, Isa isa) {
  WeightMap kept = weights;
  kept.release = {};
  Wishes wishes;
  add_wishes(program, kept, isa, wishes);
  set_layouts(program, wishes);
}

}  // namespace hone
