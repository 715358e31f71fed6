#include "layers.h"

#include <algorithm>
#include <map>

#include "ops/shape_rules.h"

namespace hone::cli {
namespace {

constexpr size_t kMaxSources = 8;     // more of them tell no more
constexpr size_t kMaxAligned = 2000;  // layers of each graph that are matched by shape

bool may_be_real(const Type& type) {
  return type.kind == Type::Kind::unknown || (type.is_tensor() && is_float(type.tensor.dtype));
}

class LayerLister {
 public:
  explicit LayerLister(const ir::Graph& graph)
      : graph_(graph), steered_(graph.values.size()), above_(graph.values.size()) {
    for (size_t i = 0; i < graph.values.size(); ++i) {
      steered_[i] = graph.values[i].kind != ir::ValueKind::constant;
    }
  }

  std::vector<Layer> list() {
    for (const ir::Node& node : graph_.nodes) visit(node);
    return std::move(layers_);
  }

 private:
  void visit(const ir::Node& node) {
    bool steered = false;
    std::vector<size_t> sources;
    for (const ir::ValueId operand : node.operands) {
      if (!operand) continue;
      steered = steered || steered_[index(operand)];
      for (const size_t layer : above_[index(operand)]) {
        if (sources.size() < kMaxSources && std::ranges::find(sources, layer) == sources.end()) {
          sources.push_back(layer);
        }
      }
    }
    for (const ir::ValueId result : node.results) {
      steered_[index(result)] = steered;
      above_[index(result)] = sources;
      const Type& type = graph_[result].type;
      if (!steered || !may_be_real(type)) continue;
      const std::string& name = name_of(node, result);
      if (is_part(name, *node.op)) continue;
      above_[index(result)] = {layers_.size()};
      Layer layer{name, op_of(node), {}, result, sources};
      if (type.is_tensor()) layer.shape = type.tensor.shape;
      layers_.push_back(std::move(layer));
    }
  }

  static size_t index(ir::ValueId id) { return static_cast<size_t>(id.index); }

  // Codes are what the model calls by name; what they stand for is ours.
  const std::string& name_of(const ir::Node& node, ir::ValueId result) const {
    const bool codes = node.op->name == "dequantize" && node.operands[0];
    return graph_[codes ? node.operands[0] : result].name;
  }

  // Whether an importer made it on the way to a tensor of the model, "TENSOR/op" or "TENSOR/op_2".
  bool is_part(std::string_view name, const OpDef& op) const {
    const size_t slash = name.rfind('/');
    return slash != name.npos && name.substr(slash + 1).starts_with(op.name) &&
           static_cast<bool>(graph_.find(name.substr(0, slash)));
  }

  // What computes the layer, not what only rounds, clamps or moves it behind that.
  std::string op_of(const ir::Node& node) const {
    std::string_view clamp;
    for (const ir::Node* at = &node;; at = &graph_[graph_[at->operands[0]].producer]) {
      const bool rounds = at->op->name == "dequantize" || at->op->name == "quantize";
      const bool moves = at->op->name == "transpose" || at->op->name == "reshape";
      const bool clamps = at->op->name == "unary" || at->op->name == "binary";
      if (!rounds && !moves && !clamps) return std::string(at->op->name);
      if (clamps && clamp.empty()) clamp = at->op->name;
      if (!goes_on(*at, rounds)) return std::string(clamp.empty() ? at->op->name : clamp);
    }
  }

  // Whether the operand is made on the way to the same tensor.
  bool goes_on(const ir::Node& node, bool rounds) const {
    const ir::ValueId from = node.operands[0];
    if (!from || !graph_[from].producer) return false;
    return rounds || is_part(graph_[from].name, *graph_[graph_[from].producer].op);
  }

  const ir::Graph& graph_;
  std::vector<char> steered_;               // by value: whether it depends on an input
  std::vector<std::vector<size_t>> above_;  // by value: the nearest layers it is made of
  std::vector<Layer> layers_;
};

std::string_view plain_name(std::string_view name) {
  for (const std::string_view ending :
       {"_DequantizeLinear_Output", "_QuantizeLinear_Output", "_quantized", "_dequantized"}) {
    if (name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
  }
  return name;
}

// "conv" for conv_integer, and so on.
std::string_view plain_op(std::string_view op) {
  constexpr std::string_view kInteger = "_integer";
  return op.ends_with(kInteger) ? op.substr(0, op.size() - kInteger.size()) : op;
}

bool same_op(const Layer& a, const Layer& b) { return plain_op(a.op) == plain_op(b.op); }

// The last layer that is left of each name, which is the one behind the rounding.
using Names = std::map<std::string_view, size_t>;
template <class NameOf, class IsLeft>
Names last_of_each_name(const std::vector<Layer>& layers, NameOf name_of, IsLeft is_left) {
  Names names;
  for (size_t i = 0; i < layers.size(); ++i) {
    if (is_left(i)) names[name_of(layers[i].name)] = i;
  }
  return names;
}

// Exporters count tensors: such a name says nothing of another model's.
bool is_number(std::string_view name) { return parse_int(name).has_value(); }

template <class NameOf>
void match_names(const std::vector<Layer>& a, const std::vector<Layer>& b, NameOf name_of,
                 std::vector<std::optional<size_t>>& partner, std::vector<char>& taken) {
  const Names of_b = last_of_each_name(b, name_of, [&](size_t j) { return taken[j] == 0; });
  const auto is_left = [&](size_t i) { return !partner[i]; };
  for (const auto& [name, i] : last_of_each_name(a, name_of, is_left)) {
    const auto found = of_b.find(name);
    if (found == of_b.end()) continue;
    if (!axis_order(a[i].shape, b[found->second].shape)) continue;
    if (is_number(name) && !same_op(a[i], b[found->second])) continue;
    partner[i] = found->second;
    taken[found->second] = 1;
  }
}

bool are_alike(const Layer& a, const Layer& b) {
  return same_op(a, b) && axis_order(a.shape, b.shape).has_value();
}

// The longest way through both in order, of layers that are alike.
std::vector<LayerPair> align(const std::vector<Layer>& a, const std::vector<size_t>& rest_a,
                             const std::vector<Layer>& b, const std::vector<size_t>& rest_b) {
  const size_t rows = rest_a.size(), columns = rest_b.size();
  std::vector<int> best((rows + 1) * (columns + 1));
  const auto at = [&](size_t i, size_t j) -> int& { return best[i * (columns + 1) + j]; };
  const auto alike = [&](size_t i, size_t j) {
    return are_alike(a[rest_a[i]], b[rest_b[j]]) ? 1 : 0;
  };
  for (size_t i = rows; i-- > 0;) {
    for (size_t j = columns; j-- > 0;) {
      const int both = alike(i, j);
      at(i, j) = std::max(at(i + 1, j), at(i, j + 1));
      if (both > 0) at(i, j) = std::max(at(i, j), at(i + 1, j + 1) + both);
    }
  }
  std::vector<LayerPair> pairs;
  for (size_t i = 0, j = 0; i < rows && j < columns;) {
    const int both = alike(i, j);
    if (both > 0 && at(i, j) == at(i + 1, j + 1) + both) {
      pairs.push_back({rest_a[i++], rest_b[j++]});
    } else if (at(i, j) == at(i + 1, j)) {
      ++i;
    } else {
      ++j;
    }
  }
  return pairs;
}

bool fits(const Shape& a, const std::vector<Dim>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < b.size(); ++i) {
    if (!may_equal(a[i], b[i])) return false;
  }
  return true;
}

}  // namespace

std::vector<Layer> list_layers(const ir::Graph& graph) { return LayerLister(graph).list(); }

std::optional<AxisOrder> axis_order(const std::optional<Shape>& a, const std::optional<Shape>& b) {
  if (!a || !b) return AxisOrder::same;
  std::vector<Dim> dims(b->begin(), b->end());
  if (fits(*a, dims)) return AxisOrder::same;
  if (dims.size() < 3) return {};
  std::rotate(dims.begin() + 1, dims.end() - 1, dims.end());
  if (fits(*a, dims)) return AxisOrder::b_channels_last;
  dims.assign(b->begin(), b->end());
  std::rotate(dims.begin() + 1, dims.begin() + 2, dims.end());
  if (fits(*a, dims)) return AxisOrder::b_channels_first;
  return {};
}

std::vector<LayerPair> match_layers(const std::vector<Layer>& a, const std::vector<Layer>& b) {
  std::vector<std::optional<size_t>> partner(a.size());
  std::vector<char> taken(b.size());
  // Quantizers drop a clamp that the rounding does anyway, so that of "x" and its rounded form the
  // second is what "x" was.
  match_names(a, b, plain_name, partner, taken);
  match_names(a, b, [](std::string_view name) { return name; }, partner, taken);
  std::vector<LayerPair> pairs;
  std::vector<size_t> rest_a, rest_b;
  for (size_t i = 0; i < a.size(); ++i) {
    if (partner[i]) {
      pairs.push_back({i, *partner[i]});
    } else if (rest_a.size() < kMaxAligned) {
      rest_a.push_back(i);
    }
  }
  for (size_t j = 0; j < b.size(); ++j) {
    if (taken[j] == 0 && rest_b.size() < kMaxAligned) rest_b.push_back(j);
  }
  const std::vector<LayerPair> aligned = align(a, rest_a, b, rest_b);
  pairs.insert(pairs.end(), aligned.begin(), aligned.end());
  std::ranges::sort(pairs, {}, &LayerPair::a);
  return pairs;
}

}  // namespace hone::cli
