#include "passes/code_table.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "ops/binary/op.h"
#include "ops/reshape/op.h"
#include "ops/unary/op.h"

namespace hone::passes {

using namespace ir;

namespace {

// Longer ones are not worth the walk.
constexpr size_t kLongestChain = 24;

// Collects the nodes between a value and the one dequantize that it follows from.
class Chain {
 public:
  explicit Chain(const Graph& graph) : graph_(graph) {}

  bool add(ValueId value, int depth = 0) {
    const Node* node = producer_of(graph_, value);
    if (node == nullptr) {
      const auto number = constant_numbers(graph_, value);
      return number && number->size() == 1;
    }
    if (std::ranges::find(nodes_, node) != nodes_.end()) return true;
    if (depth > static_cast<int>(kLongestChain) || nodes_.size() > kLongestChain) return false;
    if (node->op->name == "dequantize") return add_dequantize(*node, depth);
    if (!is_elementwise(*node)) return false;
    const size_t operands = node->op->name == "quantize" ? 1 : node->operands.size();
    for (size_t i = 0; i < operands; ++i) {
      if (!add(node->operands[i], depth + 1)) return false;
    }
    nodes_.push_back(node);
    return true;
  }

  const std::vector<const Node*>& nodes() const { return nodes_; }
  const Node* source() const { return source_; }

 private:
  // Of one value in, f32 or codes out.
  bool is_elementwise(const Node& node) const {
    if (node.op->name == "quantize") return grid_of(graph_, node).has_value();
    const Type& type = graph_[node.results[0]].type;
    if (!type.is_tensor() || type.tensor.dtype != DType::f32) return false;
    return node.op->name == "unary" || node.op->name == "binary";
  }

  // Codes that are themselves made by such a chain go on with it, if all ends at one place.
  bool add_dequantize(const Node& node, int depth) {
    if (!grid_of(graph_, node)) return false;
    const Node* maker = producer_of(graph_, node.operands[0]);
    if (maker != nullptr && maker->op->name == "quantize") {
      Chain further = *this;
      if (further.add(node.operands[0], depth + 1)) {
        further.nodes_.push_back(&node);
        *this = std::move(further);
        return true;
      }
    }
    if (source_ != nullptr && source_->operands[0] != node.operands[0]) return false;
    if (source_ == nullptr) source_ = &node;
    nodes_.push_back(&node);
    return true;
  }

  Chain& operator=(Chain&& other) noexcept {
    nodes_ = std::move(other.nodes_);
    source_ = other.source_;
    return *this;
  }
  Chain(const Chain&) = default;

  const Graph& graph_;
  std::vector<const Node*> nodes_;
  const Node* source_ = nullptr;  // the dequantize that all begins with
};

std::shared_ptr<const std::vector<std::byte>> every_byte() {
  auto bytes = std::make_shared<std::vector<std::byte>>();
  for (int i = 0; i < 256; ++i) bytes->push_back(static_cast<std::byte>(i));
  return bytes;
}

}  // namespace

Expected<ValueId> add_table(const Graph& graph, const Node& quantize,
                            const std::vector<const Node*>& chain, const Node& dequantize,
                            Rewriter& rewriter) {
  const std::string& name = graph[quantize.results[0]].name;
  const DType from = graph[dequantize.operands[0]].type.tensor.dtype;
  std::map<int32_t, ValueId> made;
  made[dequantize.operands[0].index] =
      rewriter.new_constant(cat(name, "/all"), {from, {Dim(256)}}, every_byte());
  const auto add = [&](const Node& node, ValueId value) -> Expected<ValueId> {
    std::vector<ValueId> operands;
    for (const ValueId operand : node.operands) {
      const auto found = operand ? made.find(operand.index) : made.end();
      operands.push_back(found == made.end() ? rewriter(operand) : found->second);
    }
    if (value) operands[0] = value;
    return rewriter.add(node.op->name, rewriter.free_name(cat(name, "/table")), node.attrs,
                        std::move(operands), {});
  };
  for (const Node* node : chain) {
    HONE_TRY(const ValueId result, add(*node, {}));
    made[node->results[0].index] = result;
  }
  const auto last = made.find(chain.back()->results[0].index);
  HONE_TRY(ValueId table, add(quantize, last->second));
  // Numbers of more axes in between have left axes of 1.
  HONE_TRY(table, rewriter.add("reshape", rewriter.free_name(cat(name, "/table")),
                               ReshapeAttrs{.shape = {256}}, {table}, {}));
  return rewriter.add("quantized_map", rewriter.free_name(cat(name, "/mapped")), NoAttrs{},
                      {rewriter(dequantize.operands[0]), table}, {});
}

Expected<bool> fold_table(const Graph& graph, const Node& quantize, Rewriter& rewriter) {
  Chain chain(graph);
  if (!chain.add(quantize.operands[0]) || chain.source() == nullptr) return false;
  const Node& source = *chain.source();
  const Type &from = graph[source.operands[0]].type, &to = graph[quantize.results[0]].type;
  if (!from.is_tensor() || !to.is_tensor() || from.tensor.shape != to.tensor.shape) return false;
  HONE_TRY(const ValueId made, add_table(graph, quantize, chain.nodes(), source, rewriter));
  rewriter.replace(quantize.results[0], made);
  return true;
}

}  // namespace hone::passes
