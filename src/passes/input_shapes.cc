#include "passes/input_shapes.h"

#include <algorithm>

#include "ir/rewrite.h"

namespace hone::passes {
namespace {

using namespace ir;

constexpr int64_t kMostElements = int64_t{1} << 40;  // of one axis

std::optional<std::vector<int64_t>> sizes_of(std::string_view text) {
  std::vector<int64_t> sizes;
  for (const std::string_view part : split(text, 'x')) {
    const auto size = parse_int(part);
    if (!size || *size < 1 || *size > kMostElements) return {};
    sizes.push_back(*size);
  }
  if (sizes.size() > kMaxRank) return {};
  return sizes;
}

std::string text_of(std::span<const int64_t> sizes) {
  std::string text;
  for (const int64_t size : sizes) text += cat(text.empty() ? "" : "x", size);
  return text;
}

// What can be given sizes: inputs with an open axis, and symbols.
std::vector<std::string> names_in(const Graph& graph) {
  std::vector<std::string> names;
  for (const Value& value : graph.values) {
    if (value.kind == ValueKind::input && value.type.is_tensor()) names.push_back(value.name);
  }
  for (const Symbol& symbol : graph.symbols) names.push_back(symbol.name);
  return names;
}

bool may_have(const Shape& shape, const InputSizes& sizes) {
  if (shape.size() != sizes.opt.size()) return false;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const Dim& dim = shape[axis];
    if (dim.is_symbol()) continue;
    if (dim.value() != sizes.min[axis] || dim.value() != sizes.max[axis]) return false;
  }
  return true;
}

class Sizing {
 public:
  explicit Sizing(Graph graph) : graph_(std::move(graph)) {}

  Status take(const InputSizes& sizes) {
    const ValueId input = graph_.find(sizes.name);
    if (input && graph_[input].kind == ValueKind::input) return take_input(graph_[input], sizes);
    const auto symbol = std::ranges::find(graph_.symbols, sizes.name, &Symbol::name);
    if (symbol != graph_.symbols.end()) return take_symbol(*symbol, sizes);
    const std::vector<std::string> names = names_in(graph_);
    const auto meant = did_you_mean(sizes.name, names);
    return fail(Code::invalid_argument, "there is no input or open size '", printable(sizes.name),
                "'", meant ? cat("; did you mean '", printable(*meant), "'? The") : "; the",
                " model has: ", printable(join(names, ", ")));
  }

  // With the types of all results as they follow from the inputs'.
  Expected<Graph> finish() && {
    Rewriter rewriter(graph_);
    for (const Node& node : graph_.nodes) HONE_RETURN_IF_ERROR(rewriter.keep(node));
    return std::move(rewriter).finish();
  }

 private:
  Status take_input(Value& input, const InputSizes& sizes) {
    if (!input.type.is_tensor()) {
      return fail(Code::invalid_argument, "input '", printable(input.name), "' is no tensor");
    }
    Shape& shape = input.type.tensor.shape;
    if (!may_have(shape, sizes)) return refuse(input, sizes);
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      const int64_t min = sizes.min[axis], max = sizes.max[axis];
      shape[axis] = min == max ? Dim(min)
                               : graph_.add_symbol({.name = cat(input.name, "_", axis),
                                                    .min = min,
                                                    .opt = sizes.opt[axis],
                                                    .max = max});
    }
    return {};
  }

  Status refuse(const Value& input, const InputSizes& sizes) const {
    return fail(Code::invalid_argument, "input '", printable(input.name), "' is ",
                to_text(input.type.tensor, graph_.symbols), ", which cannot be ",
                text_of(sizes.min), sizes.min == sizes.max ? "" : cat(" to ", text_of(sizes.max)));
  }

  Status take_symbol(Symbol& symbol, const InputSizes& sizes) {
    if (sizes.opt.size() != 1) {
      return fail(Code::invalid_argument, "'", printable(symbol.name), "' is one size, not ",
                  sizes.opt.size());
    }
    symbol.min = sizes.min[0];
    symbol.opt = sizes.opt[0];
    symbol.max = sizes.max[0];
    if (symbol.min != symbol.max) return {};
    const Dim dim = Dim::symbol(static_cast<int32_t>(&symbol - graph_.symbols.data()));
    for (Value& value : graph_.values) {
      if (value.kind != ValueKind::input || !value.type.is_tensor()) continue;
      std::ranges::replace(value.type.tensor.shape, dim, Dim(symbol.max));
    }
    return {};
  }

  Graph graph_;
};

}  // namespace

Expected<InputSizes> parse_input_sizes(std::string_view text) {
  const auto refuse = [&] {
    return fail(Code::invalid_argument, "'", printable(text),
                "' gives no sizes; write NAME=1x3x640x640, or NAME=MIN:OPT:MAX of such");
  };
  const size_t equals = text.rfind('=');
  if (equals == text.npos || equals == 0) return refuse();
  std::vector<std::vector<int64_t>> parts;
  for (const std::string_view part : split(text.substr(equals + 1), ':')) {
    const auto sizes = sizes_of(part);
    if (!sizes || (!parts.empty() && parts[0].size() != sizes->size())) return refuse();
    parts.push_back(*sizes);
  }
  if (parts.size() != 1 && parts.size() != 3) return refuse();
  InputSizes made{std::string(text.substr(0, equals)), parts.front(), parts[parts.size() / 2],
                  parts.back()};
  for (size_t axis = 0; axis < made.opt.size(); ++axis) {
    if (made.min[axis] <= made.opt[axis] && made.opt[axis] <= made.max[axis]) continue;
    return fail(Code::invalid_argument, "'", printable(text),
                "': the sizes must grow from the smallest by the usual to the largest");
  }
  return made;
}

Expected<Graph> with_input_sizes(Graph graph, std::span<const InputSizes> sizes) {
  if (sizes.empty()) return graph;
  Sizing sizing(std::move(graph));
  for (const InputSizes& one : sizes) HONE_RETURN_IF_ERROR(sizing.take(one));
  return std::move(sizing).finish();
}

}  // namespace hone::passes
