#include "passes/program.h"

#include <algorithm>
#include <map>
#include <set>

#include "passes/plan.h"

namespace hone::passes {
namespace {

using namespace ir;

// An input this small may be part of what a plan is bound to.
constexpr int64_t kMaxBoundElements = 1024;

bool is_small(const Type& type) {
  if (!type.is_tensor() || type.tensor.shape.size() <= 1) return true;
  if (!is_static(type.tensor.shape)) return false;
  return Dims(type.tensor.shape, {}).elements() <= kMaxBoundElements;
}

class Cutter {
 public:
  Cutter(const Graph& graph, const TargetDesc& target) : graph_(graph), target_(target) {}

  Expected<Program> cut() {
    program_.name = graph_.name;
    program_.symbols = graph_.symbols;
    for (size_t i = 0; i < graph_.values.size(); ++i) {
      const Value& value = graph_.values[i];
      program_.values.push_back({value.name, value.type});
      if (value.kind == ValueKind::input) program_.inputs.push_back(static_cast<int32_t>(i));
    }
    for (const ValueId output : graph_.outputs) program_.outputs.push_back(output.index);
    find_last_uses();
    for (size_t i = 0; i < graph_.nodes.size(); ++i) HONE_RETURN_IF_ERROR(take(i));
    HONE_RETURN_IF_ERROR(close(graph_.nodes.size()));
    collect_constants();
    return std::move(program_);
  }

 private:
  Status take(size_t index) {
    const Node& node = graph_.nodes[index];
    if (node.op->runs == Runs::on_host) {
      HONE_RETURN_IF_ERROR(close(index));
      start_ = index + 1;
      return add_host(node);
    }
    for (size_t o = 0; o < node.operands.size() && o < 32; ++o) {
      const bool read = (node.op->value_operands >> o & 1) != 0;
      if (!read || !node.operands[o] || in_front(node.operands[o]) ||
          known_at_bind(node.operands[o], 0)) {
        continue;
      }
      HONE_RETURN_IF_ERROR(close(index));
      start_ = index;
      break;
    }
    return {};
  }

  // Whether a value is there before the plan that is being collected runs.
  bool in_front(ValueId id) const {
    const Value& value = graph_[id];
    return value.kind != ValueKind::result || static_cast<size_t>(value.producer.index) < start_;
  }

  // Whether the elements of a value follow from shapes, constants and small inputs.
  bool known_at_bind(ValueId id, int depth) {
    constexpr int kMaxDepth = 1000;
    if (in_front(id)) return graph_[id].kind == ValueKind::constant || is_small(graph_[id].type);
    const Node& node = graph_[graph_[id].producer];
    if (node.op->runs == Runs::at_bind) return true;
    const auto [found, added] = known_.try_emplace(id.index, false);
    if (!added) return found->second;
    bool known = depth < kMaxDepth;
    for (const ValueId operand : node.operands) {
      known = known && (!operand || known_at_bind(operand, depth + 1));
    }
    return known_[id.index] = known;
  }

  void find_last_uses() {
    last_use_.assign(graph_.values.size(), 0);
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      for (const ValueId operand : graph_.nodes[i].operands) {
        if (operand) last_use_[static_cast<size_t>(operand.index)] = i;
      }
    }
    for (const ValueId output : graph_.outputs) {
      last_use_[static_cast<size_t>(output.index)] = graph_.nodes.size();
    }
  }

  // Makes a plan of the nodes from start_ to `end`.
  Status close(size_t end) {
    known_.clear();
    if (start_ >= end) return {};
    ProgramItem item;
    Graph part;
    part.name = graph_.name;
    part.symbols = graph_.symbols;
    std::map<int32_t, ValueId> map;
    const auto carry = [&](ValueId old) {
      if (!old) return ValueId{};
      if (const auto found = map.find(old.index); found != map.end()) return found->second;
      Value value = graph_[old];
      if (value.kind == ValueKind::result) value.kind = ValueKind::input;
      if (value.kind == ValueKind::input) item.operands.push_back(old.index);
      value.producer = {};
      const ValueId made = part.add_value(std::move(value));
      map[old.index] = made;
      return made;
    };
    for (size_t i = start_; i < end; ++i) {
      Node node = graph_.nodes[i];
      for (ValueId& operand : node.operands) operand = carry(operand);
      for (ValueId& result : node.results) {
        const ValueId old = result;
        Value value = graph_[old];
        value.producer = {static_cast<int32_t>(part.nodes.size())};
        result = part.add_value(std::move(value));
        map[old.index] = result;
        if (last_use_[static_cast<size_t>(old.index)] >= end) {
          item.results.push_back(old.index);
          part.outputs.push_back(result);
        }
      }
      part.nodes.push_back(std::move(node));
    }
    start_ = end;
    if (part.outputs.empty()) return {};  // nobody reads what it makes
    HONE_TRY(item.plan, make_plan(part, target_));
    program_.items.push_back(std::move(item));
    return {};
  }

  Status add_host(const Node& node) {
    ProgramItem item;
    item.kind = ProgramItem::Kind::host;
    item.step = {
        .op = node.op, .name = node.name, .attrs = node.attrs, .operands = {}, .results = {}};
    for (const ValueId operand : node.operands) item.operands.push_back(operand.index);
    for (const ValueId result : node.results) item.results.push_back(result.index);
    for (const Graph& body : node.subgraphs) {
      HONE_TRY_CONTEXT(Program made, make_program(body, target_), "node '", node.name, "'");
      item.bodies.push_back(std::move(made));
    }
    if (node.op->name == "branch") item.kind = ProgramItem::Kind::branch;
    if (node.op->name == "loop") item.kind = ProgramItem::Kind::loop;
    program_.items.push_back(std::move(item));
    return {};
  }

  // Constants that host items or the outputs read directly.
  void collect_constants() {
    std::set<int32_t> read(program_.outputs.begin(), program_.outputs.end());
    for (const ProgramItem& item : program_.items) {
      if (item.kind != ProgramItem::Kind::plan)
        read.insert(item.operands.begin(), item.operands.end());
    }
    for (const int32_t value : read) {
      if (value >= 0 && graph_.values[static_cast<size_t>(value)].kind == ValueKind::constant) {
        program_.constants.push_back(value);
      }
    }
  }

  const Graph& graph_;
  const TargetDesc& target_;
  Program program_;
  size_t start_ = 0;               // the first node of the plan being collected
  std::map<int32_t, bool> known_;  // within that plan
  std::vector<size_t> last_use_;   // node that reads a value last
};

}  // namespace

Expected<Program> make_program(const Graph& graph, const TargetDesc& target) {
  return Cutter(graph, target).cut();
}

void keep_states(Program& program,
                 std::span<const std::shared_ptr<const std::vector<std::byte>>> initial) {
  const size_t count = initial.size();
  HONE_CHECK(program.inputs.size() >= count && program.outputs.size() >= count);
  const size_t first_input = program.inputs.size() - count;
  const size_t first_output = program.outputs.size() - count;
  for (size_t i = 0; i < count; ++i) {
    program.states.push_back(
        {program.inputs[first_input + i], program.outputs[first_output + i], initial[i]});
  }
  program.inputs.resize(first_input);
  program.outputs.resize(first_output);
}

std::string to_text(const Program& program) {
  std::string out;
  for (const ProgramItem& item : program.items) {
    if (item.kind == ProgramItem::Kind::plan) {
      out += cat("plan\n", to_text(item.plan));
      continue;
    }
    out += cat(item.step.op->name, " ", item.step.name, item.step.attrs.text(), "\n");
    for (const Program& body : item.bodies) out += cat("{\n", to_text(body), "}\n");
  }
  return out;
}

}  // namespace hone::passes
