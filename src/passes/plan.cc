#include "passes/plan.h"

#include <algorithm>

namespace hone::passes {
namespace {

using namespace ir;

// Before it is known which elements steer shapes.
PlanStep::Kind kind_of(const Node& node) {
  if (node.op->name == "reshape") return PlanStep::Kind::alias;
  return node.op->runs == Runs::at_bind ? PlanStep::Kind::at_bind : PlanStep::Kind::run;
}

Storage storage_of(ValueKind kind) {
  switch (kind) {
    case ValueKind::input:
      return Storage::input;
    case ValueKind::constant:
      return Storage::weight;
    case ValueKind::state:
      return Storage::state;
    case ValueKind::result:
      break;
  }
  return Storage::arena;
}

// Each node's group: one after the latest group that makes one of its operands.
std::vector<int32_t> assign_groups(const Graph& graph) {
  std::vector<int32_t> made(graph.values.size(),
                            -1);  // the group that makes a value; -1: from start
  std::vector<int32_t> groups;
  for (const Node& node : graph.nodes) {
    int32_t latest = -1;
    for (const ValueId operand : node.operands) {
      if (operand) latest = std::max(latest, made[static_cast<size_t>(operand.index)]);
    }
    const bool at_run = kind_of(node) == PlanStep::Kind::run;
    const int32_t group = at_run ? latest + 1 : latest;
    for (const ValueId result : node.results) made[static_cast<size_t>(result.index)] = group;
    groups.push_back(group);
  }
  return groups;
}

// Rows of unknown type were taken for floats by quantize_activations.
bool has_quantized_rows(const Graph& graph, const Node& matmul, const TargetDesc& target) {
  const Type& rows = graph[matmul.operands[0]].type;
  if (rows.is_tensor()) return rows.tensor.dtype == DType::q8_a;
  const DType weight = graph[matmul.operands[1]].type.tensor.dtype;
  return std::ranges::find(target.quantized_matmul, weight) != target.quantized_matmul.end();
}

// Weights that matmuls on quantized rows read are kept in the layout they like, unless something
// reads them that cannot, or rows are gathered from them and the canonical form is as good.
void choose_layouts(const Graph& graph, const TargetDesc& target, Plan& plan) {
  if (target.matmul_layout == nullptr) return;
  struct Uses {
    bool multiplied = false, gathered = false, other = false;
  };
  std::vector<Uses> uses(graph.values.size());
  for (const Node& node : graph.nodes) {
    for (size_t i = 0; i < node.operands.size(); ++i) {
      if (!node.operands[i]) continue;
      Uses& use = uses[static_cast<size_t>(node.operands[i].index)];
      if (node.op->name == "matmul" && i == 1 && has_quantized_rows(graph, node, target)) {
        use.multiplied = true;
      } else if (node.op->name == "gather" && i == 0) {
        use.gathered = true;
      } else {
        use.other = true;
      }
    }
  }
  for (size_t i = 0; i < graph.values.size(); ++i) {
    const Value& value = graph.values[i];
    if (value.kind != ValueKind::constant || !uses[i].multiplied || uses[i].other) continue;
    const DType dtype = value.type.tensor.dtype;
    const bool canonical_will_do =
        std::ranges::find(target.canonical_matmul, dtype) != target.canonical_matmul.end();
    if (uses[i].gathered && canonical_will_do) continue;
    plan.values[i].layout = target.matmul_layout(dtype);
  }
}

// Marks the steps and inputs whose elements infer reads: they are computed when the plan is bound.
void mark_known(Plan& plan) {
  std::vector<bool> wanted(plan.values.size(), false);
  for (size_t i = plan.steps.size(); i-- > 0;) {
    PlanStep& step = plan.steps[i];
    const bool known = std::ranges::any_of(
        step.results, [&](int32_t r) { return wanted[static_cast<size_t>(r)]; });
    if (known && step.kind == PlanStep::Kind::run) step.kind = PlanStep::Kind::at_bind;
    for (size_t o = 0; o < step.operands.size(); ++o) {
      const bool read = o < 32 && (step.op->value_operands >> o & 1) != 0;
      if (step.operands[o] < 0 || (!read && (!known || step.op->runs == Runs::at_bind))) continue;
      wanted[static_cast<size_t>(step.operands[o])] = true;
    }
  }
  for (const int32_t input : plan.inputs) {
    plan.values[static_cast<size_t>(input)].at_bind = wanted[static_cast<size_t>(input)];
  }
}

PlanStep step_of(const Node& node, int32_t group) {
  PlanStep step{.op = node.op,
                .name = node.name,
                .attrs = node.attrs,
                .operands = {},
                .results = {},
                .kind = kind_of(node),
                .group = group};
  for (const ValueId operand : node.operands) step.operands.push_back(operand.index);
  for (const ValueId result : node.results) step.results.push_back(result.index);
  return step;
}

}  // namespace

Expected<Plan> make_plan(const Graph& graph, const TargetDesc& target) {
  Plan plan{.name = graph.name,
            .symbols = graph.symbols,
            .values = {},
            .steps = {},
            .inputs = {},
            .outputs = {}};
  for (const Value& value : graph.values) {
    if (value.kind == ValueKind::input) {
      plan.inputs.push_back(static_cast<int32_t>(plan.values.size()));
    }
    if (value.type.kind == Type::Kind::sequence || value.type.kind == Type::Kind::optional) {
      return fail(Code::unsupported, "value '", value.name, "' is a sequence or optional");
    }
    plan.values.push_back({.name = value.name,
                           .type = value.type.tensor,
                           .type_known = value.type.is_tensor(),
                           .storage = storage_of(value.kind)});
  }
  const std::vector<int32_t> groups = assign_groups(graph);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (!node.subgraphs.empty()) {
      return fail(Code::unsupported, "node '", node.name, "' has subgraphs");
    }
    for (size_t r = 0; r < node.op->aliases.size(); ++r) {
      PlanValue& value = plan.values[static_cast<size_t>(node.results[r].index)];
      value.storage = Storage::alias;
      // The end of the chain, so that a thousand reshapes in a row are one step away.
      value.alias_of = plan.root(node.operands[static_cast<size_t>(node.op->aliases[r])].index);
    }
    plan.steps.push_back(step_of(node, groups[i]));
  }
  std::ranges::stable_sort(plan.steps, {}, &PlanStep::group);
  mark_known(plan);
  for (const ValueId output : graph.outputs) plan.outputs.push_back(output.index);
  choose_layouts(graph, target, plan);
  return plan;
}

std::string to_text(const Plan& plan) {
  std::string out;
  for (const PlanStep& step : plan.steps) {
    if (step.kind == PlanStep::Kind::alias) continue;
    out += cat(step.kind == PlanStep::Kind::at_bind ? "bind" : cat(step.group), ": ", step.op->name,
               " ", step.name, step.attrs.text(), " <-");
    for (const int32_t operand : step.operands) {
      if (operand < 0) continue;
      const PlanValue& value = plan.values[static_cast<size_t>(operand)];
      out += cat(" ", value.name);
      if (value.storage == Storage::weight) out += cat("[", value.layout, "]");
    }
    if (step.precision != Precision::f32) {
      out += cat(" in ", name_of(step.precision));
    }
    out += '\n';
  }
  return out;
}

}  // namespace hone::passes
