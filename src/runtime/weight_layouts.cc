#include "runtime/weight_layouts.h"

#include <map>
#include <string>

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

// A plan under the sizes that it declares.
class SizedPlan {
 public:
  static Expected<SizedPlan> of(const Plan& plan, const WeightMap& map, Isa isa) {
    SizedPlan sized(plan);
    ThreadPool alone(1);
    HONE_TRY(sized.weights_, LoadedWeights::load(plan, map, alone));
    std::vector<int64_t> sizes;
    for (const Symbol& symbol : plan.symbols) sizes.push_back(symbol.opt);
    HONE_TRY(sized.values_, resolve_symbols(plan, sizes, sized.weights_, isa));
    return sized;
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
  const auto sized = SizedPlan::of(plain, map, isa);
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
