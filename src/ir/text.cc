#include "ir/text.h"

#include <cmath>
#include <map>
#include <optional>

#include "ops/shape_rules.h"
#include "tensor/encode.h"
#include "tensor/view.h"

namespace hone::ir {
namespace {

std::string_view keyword(ValueKind kind) {
  switch (kind) {
    case ValueKind::input:
      return "input";
    case ValueKind::constant:
      return "const";
    case ValueKind::state:
      return "state";
    case ValueKind::result:
      break;
  }
  return "";
}

std::string node_text(const Graph& graph, const Node& node) {
  std::string line;
  for (const ValueId result : node.results) {
    line += cat(line.empty() ? "" : ", ", "%", graph[result].name);
  }
  line += cat(" = ", node.op->name, "(");
  size_t count = node.operands.size();
  while (count > 0 && !node.operands[count - 1]) --count;
  for (size_t i = 0; i < count; ++i) {
    line += cat(i > 0 ? ", " : "", node.operands[i] ? cat("%", graph[node.operands[i]].name) : "_");
  }
  line += ")";
  const std::string attrs = node.attrs.text();
  if (!attrs.empty()) line += cat(" ", attrs);
  return cat(line, " : ", to_text(graph[node.results[0]].type, graph.symbols), "\n");
}

void append_number(std::string& text, DType dtype, double element) {
  if (is_float(dtype) && dtype != DType::f64) {
    text += cat(static_cast<float>(element));
  } else {
    text += cat(element);
  }
}

// " = 1, 2" of a constant that is short enough to be read; nothing for others.
std::string elements_text(const Value& value) {
  constexpr size_t kMostElements = 16;
  if (value.kind != ValueKind::constant || !value.type.is_tensor()) return {};
  constexpr double kMostDigits = 1LL << 53;  // beyond it integers are not what a double holds
  const DType dtype = value.type.tensor.dtype;
  const Bytes bytes = value.constant.bytes;
  const auto width = static_cast<size_t>(info(dtype).block_bytes);
  if (info(dtype).block_elements != 1 || dtype == DType::string) return {};
  if (bytes.empty() || bytes.size() > kMostElements * width) return {};
  std::string text;
  for (size_t at = 0; at + width <= bytes.size(); at += width) {
    const double element = decode_element(dtype, bytes.data() + at);
    if (is_integer(dtype) && std::abs(element) > kMostDigits) return {};
    text += text.empty() ? " = " : ", ";
    append_number(text, dtype, element);
  }
  return text;
}

// Reads one line after another into a graph.
class Parser {
 public:
  explicit Parser(const ConstantSource& source) : source_(source) {}

  Expected<Graph> parse(std::string_view text) {
    size_t number = 0;
    for (const std::string_view raw : split(text, '\n')) {
      ++number;
      std::string_view line = raw.substr(0, raw.find('#'));
      line = trim(line);
      if (line.empty()) continue;
      if (Status status = parse_line(line); !status) {
        return std::unexpected(std::move(status).error().context(cat("line ", number)));
      }
    }
    return std::move(graph_);
  }

 private:
  Status parse_line(std::string_view line) {
    if (line.starts_with('%')) return parse_node(line);
    const size_t space = line.find(' ');
    if (space == line.npos)
      return fail(Code::corrupt, "'", printable(line), "' is not a statement");
    const std::string_view word = line.substr(0, space);
    const std::string_view rest = trim(line.substr(space));
    if (word == "graph") {
      graph_.name = rest;
      return {};
    }
    if (word == "symbol") return parse_symbol(rest);
    if (word == "output") return parse_output(rest);
    if (word == "input") return parse_value(rest, ValueKind::input);
    if (word == "const") return parse_constant(rest);
    if (word == "state") return parse_value(rest, ValueKind::state);
    return fail(Code::corrupt, "unknown statement '", printable(word), "'");
  }

  Status parse_symbol(std::string_view rest) {
    const size_t space = rest.find(' ');
    const auto range =
        space == rest.npos ? std::vector<std::string_view>{} : split(trim(rest.substr(space)), ':');
    if (range.size() != 3)
      return fail(Code::corrupt, "a symbol is written 'symbol NAME min:opt:max'");
    const auto min = parse_int(range[0]), opt = parse_int(range[1]), max = parse_int(range[2]);
    if (!min || !opt || !max || *min < 0 || *opt < *min || *max < *opt) {
      return fail(Code::corrupt, "a symbol's range must be min <= opt <= max");
    }
    graph_.add_symbol({std::string(rest.substr(0, space)), *min, *opt, *max});
    return {};
  }

  Status parse_output(std::string_view rest) {
    HONE_TRY(const ValueId id, value(rest));
    graph_.outputs.push_back(id);
    return {};
  }

  Status parse_value(std::string_view rest, ValueKind kind) {
    const size_t colon = rest.find(" : ");
    if (colon == rest.npos || !rest.starts_with('%')) {
      return fail(Code::corrupt, "a value is written '%name : type'");
    }
    const std::string name(rest.substr(1, colon - 1));
    HONE_TRY(TensorType type, parse_type(trim(rest.substr(colon + 3))));
    if (kind == ValueKind::state) return define(name, graph_.add_state(name, std::move(type)));
    return define(name, graph_.add_input(name, std::move(type)));
  }

  // const %name : type = 1, 2
  Status parse_constant(std::string_view rest) {
    const size_t equals = rest.find(" = ");
    const std::string_view head = trim(rest.substr(0, equals));
    const size_t colon = head.find(" : ");
    const std::string_view reference = trim(head.substr(0, colon));
    std::optional<TensorType> type;
    if (colon != head.npos) {
      HONE_TRY(type, parse_type(trim(head.substr(colon + 3))));
    }
    const bool sourced = source_ && equals == rest.npos;
    if (!reference.starts_with('%') || (!type && !sourced)) {
      return fail(Code::corrupt, "a constant is written '%name : type'");
    }
    const std::string name(reference.substr(1));
    if (sourced) return add_sourced(name, type);
    HONE_TRY(const auto bytes, make_zeros(*type));
    if (equals != rest.npos) {
      HONE_RETURN_IF_ERROR(set_elements(*type, rest.substr(equals + 3), *bytes));
    }
    return define(name, graph_.add_owned(name, std::move(*type), bytes));
  }

  Status add_sourced(const std::string& name, const std::optional<TensorType>& type) {
    HONE_TRY(SourcedConstant made, source_(name));
    if (type && *type != made.type) {
      return fail(Code::corrupt, "'", printable(name), "' is ", to_text(made.type, graph_.symbols),
                  "; it must be ", to_text(*type, graph_.symbols));
    }
    const ValueId id = graph_.add_constant(name, std::move(made.type), made.data.bytes);
    graph_[id].constant.owned = std::move(made.data.owned);
    return define(name, id);
  }

  static Status set_elements(const TensorType& type, std::string_view list,
                             std::vector<std::byte>& bytes) {
    const auto items = split(list, ',');
    const DTypeInfo& dtype = info(type.dtype);
    if (dtype.block_elements != 1 ||
        items.size() * static_cast<size_t>(dtype.block_bytes) != bytes.size()) {
      return fail(Code::corrupt, items.size(), " numbers do not make ", to_text(type, {}));
    }
    for (size_t i = 0; i < items.size(); ++i) {
      const auto number = parse_double(trim(items[i]));
      if (!number) return fail(Code::corrupt, "'", printable(items[i]), "' is no number");
      encode_element(type.dtype, *number,
                     bytes.data() + static_cast<int64_t>(i) * dtype.block_bytes);
    }
    return {};
  }

  Expected<std::shared_ptr<std::vector<std::byte>>> make_zeros(const TensorType& type) {
    int64_t elements = 1;
    for (const Dim& dim : type.shape) {
      if (dim.is_symbol()) return fail(Code::corrupt, "a constant cannot have a symbolic axis");
      if (dim.value() > kMaxTextConstantBytes)
        return fail(Code::limit_exceeded, "constant too large");
      elements *= dim.value();
      if (elements > kMaxTextConstantBytes) return fail(Code::limit_exceeded, "constant too large");
    }
    const DTypeInfo& dtype = info(type.dtype);
    const int64_t bytes = elements / dtype.block_elements * dtype.block_bytes;
    constant_bytes_ += bytes;
    if (constant_bytes_ > kMaxTextConstantBytes) {
      return fail(Code::limit_exceeded, "the constants of a text may hold at most ",
                  kMaxTextConstantBytes, " bytes");
    }
    return std::make_shared<std::vector<std::byte>>(static_cast<size_t>(bytes));
  }

  Expected<TensorType> parse_type(std::string_view text) {
    const size_t bracket = text.find('[');
    if (bracket == text.npos || !text.ends_with(']')) {
      return fail(Code::corrupt, "'", printable(text), "' is not a type like f32[2, 3]");
    }
    const auto dtype = find_dtype(trim(text.substr(0, bracket)));
    if (!dtype) return fail(Code::corrupt, "unknown dtype in '", printable(text), "'");
    TensorType type{*dtype, {}};
    const std::string_view list = trim(text.substr(bracket + 1, text.size() - bracket - 2));
    if (list.empty()) return type;
    for (const std::string_view item : split(list, ',')) {
      HONE_TRY(const Dim dim, parse_dim(trim(item)));
      type.shape.push_back(dim);
    }
    if (type.shape.size() > kMaxRank) return fail(Code::limit_exceeded, "more than 8 axes");
    return type;
  }

  Expected<Dim> parse_dim(std::string_view text) {
    if (const auto number = parse_int(text)) {
      if (*number < 0) return fail(Code::corrupt, "an axis cannot be negative");
      return Dim(*number);
    }
    for (size_t i = 0; i < graph_.symbols.size(); ++i) {
      if (graph_.symbols[i].name == text) return Dim::symbol(static_cast<int32_t>(i));
    }
    return fail(Code::corrupt, "unknown symbol '", printable(text), "'");
  }

  // %a, %b = op(%x, _, %y) {attrs} : type
  Status parse_node(std::string_view line) {
    const size_t equals = line.find(" = ");
    const size_t open = line.find('(');
    const size_t close = line.find(')');
    if (equals == line.npos || open == line.npos || close == line.npos || open < equals ||
        close < open) {
      return fail(Code::corrupt, "a node is written '%y = op(%x) {attr=1}'");
    }
    const std::string_view op_name = trim(line.substr(equals + 3, open - equals - 3));
    const OpDef* op = find_op(op_name);
    if (op == nullptr) return fail(Code::unsupported, "unknown op '", printable(op_name), "'");
    std::vector<ValueId> operands;
    const std::string_view list = trim(line.substr(open + 1, close - open - 1));
    if (!list.empty()) {
      for (const std::string_view item : split(list, ',')) {
        HONE_TRY(const ValueId id,
                 trim(item) == "_" ? Expected<ValueId>(ValueId{}) : value(trim(item)));
        operands.push_back(id);
      }
    }
    Attrs attrs = op->default_attrs();
    std::string_view tail = trim(line.substr(close + 1));
    const size_t brace = tail.find('}');
    if (tail.starts_with('{') && brace != tail.npos) {
      HONE_RETURN_IF_ERROR(attrs.parse(tail.substr(0, brace + 1)));
      tail = trim(tail.substr(brace + 1));
    }
    return add_node(*op, line.substr(0, equals), std::move(attrs), std::move(operands), tail);
  }

  Status add_node(const OpDef& op, std::string_view results, Attrs attrs,
                  std::vector<ValueId> operands, std::string_view type_text) {
    const auto names = split(results, ',');
    const std::string first(trim(names[0]).substr(1));
    HONE_TRY(const auto ids, graph_.add_node(op, first, std::move(attrs), std::move(operands)));
    if (ids.size() != names.size()) return fail(Code::corrupt, "wrong number of results");
    if (type_text.starts_with(": ")) {
      HONE_TRY(const TensorType type, parse_type(trim(type_text.substr(2))));
      if (type != graph_[ids[0]].type.tensor) {
        return fail(Code::corrupt, "the result is ", to_text(graph_[ids[0]].type, graph_.symbols));
      }
    }
    for (size_t i = 0; i < ids.size(); ++i) {
      const std::string name(trim(names[i]).substr(1));
      graph_.rename(ids[i], name);
      HONE_RETURN_IF_ERROR(define(name, ids[i]));
    }
    return {};
  }

  Expected<ValueId> value(std::string_view reference) {
    if (reference.starts_with('%')) {
      const auto found = by_name_.find(std::string(reference.substr(1)));
      if (found != by_name_.end()) return found->second;
    }
    return fail(Code::corrupt, "unknown value '", printable(reference), "'");
  }

  Status define(const std::string& name, ValueId id) {
    if (name.empty() || !by_name_.emplace(name, id).second) {
      return fail(Code::corrupt, "value '%", printable(name), "' is defined twice or has no name");
    }
    return {};
  }

  const ConstantSource& source_;
  Graph graph_;
  std::map<std::string, ValueId> by_name_;
  int64_t constant_bytes_ = 0;
};

}  // namespace

std::string to_text(const Graph& graph) {
  std::string out = cat("graph ", graph.name.empty() ? "unnamed" : graph.name, "\n");
  for (const Symbol& symbol : graph.symbols) {
    out += cat("symbol ", symbol.name, " ", symbol.min, ":", symbol.opt, ":", symbol.max, "\n");
  }
  for (const Value& value : graph.values) {
    if (value.kind == ValueKind::result) continue;
    out += cat(keyword(value.kind), " %", value.name, " : ", to_text(value.type, graph.symbols),
               elements_text(value), "\n");
  }
  for (const Node& node : graph.nodes) out += node_text(graph, node);
  for (const ValueId output : graph.outputs) out += cat("output %", graph[output].name, "\n");
  return out;
}

Expected<Graph> parse_text(std::string_view text, const ConstantSource& source) {
  return Parser(source).parse(text);
}

}  // namespace hone::ir
