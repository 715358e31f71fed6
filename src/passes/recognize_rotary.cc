#include <cstring>
#include <map>
#include <tuple>
#include <utility>

#include "ir/rewrite.h"
#include "ops/concat/op.h"
#include "ops/reshape/op.h"
#include "ops/rotary/op.h"
#include "ops/shape_rules.h"
#include "ops/slice/op.h"
#include "ops/split/op.h"
#include "ops/take/op.h"
#include "ops/transpose/op.h"
#include "passes/fold.h"
#include "passes/matcher.h"
#include "passes/recognize.h"

namespace hone::passes {
namespace {

using namespace ir;

// x turned by angles that broadcast to it.
struct Turn {
  ValueId x, cos, sin;
  bool interleaved = false;
  bool twice = false;  // cos and sin name each angle twice, in either half
};

// Every step-th element of the last axis of `of`, from `first` on.
struct Part {
  ValueId of;
  int64_t first = 0, step = 1, count = 0;
};

// Of values of f32 whose last axis has a size.
class RotaryMatcher {
 public:
  explicit RotaryMatcher(const Matcher& match) : match_(match) {}

  std::optional<Turn> find(const Node& node) const {
    const ValueId value = node.results[0];
    auto turn = node.op->name == "binary"    ? by_rotated_half(value)
                : node.op->name == "concat"  ? by_halves(value)
                : node.op->name == "reshape" ? by_pairs(node)
                                             : std::nullopt;
    return turn && last_size(turn->x) % 2 == 0 ? turn : std::nullopt;
  }

 private:
  // x cos + concat(-x2, x1) sin
  std::optional<Turn> by_rotated_half(ValueId value) const {
    const auto sum = match_.binary(value, BinaryKind::add);
    if (!sum) return {};
    for (const size_t i : {0u, 1u}) {
      const auto rotated = match_.binary((*sum)[i], BinaryKind::mul);
      const auto plain = match_.binary((*sum)[1 - i], BinaryKind::mul);
      if (!rotated || !plain) return {};
      for (const size_t r : {0u, 1u}) {
        const auto x = rotated_half((*rotated)[r]);
        if (!x || ((*plain)[0] != *x && (*plain)[1] != *x)) continue;
        const ValueId cos = (*plain)[0] == *x ? (*plain)[1] : (*plain)[0];
        const ValueId sin = (*rotated)[1 - r];
        if (!has_equal_halves(cos, 0) || !has_equal_halves(sin, 0)) return {};
        return Turn{.x = *x, .cos = cos, .sin = sin, .twice = true};
      }
    }
    return {};
  }
  std::optional<ValueId> rotated_half(ValueId value) const {
    const auto both = joined_at_end(value);
    const auto negated = both ? match_.unary((*both)[0], UnaryKind::neg) : std::nullopt;
    const auto second = negated ? part(*negated) : std::nullopt;
    const auto first = both ? part((*both)[1]) : std::nullopt;
    if (!first || !second || !are_halves(*first, *second)) return {};
    return first->of;
  }

  // concat(x1 cos - x2 sin, x2 cos + x1 sin)
  std::optional<Turn> by_halves(ValueId value) const {
    const auto both = joined_at_end(value);
    return both ? turned((*both)[0], (*both)[1], false) : std::nullopt;
  }

  // The same of neighbors: stacked along a new last axis, and that joined with the one before.
  std::optional<Turn> by_pairs(const Node& node) const {
    const auto both = joined_at_end(node.operands[0]);
    if (!both) return {};
    std::array<ValueId, 2> stacked;
    for (const size_t i : {0u, 1u}) {
      const Node* column = match_.maker((*both)[i], "reshape");
      if (column == nullptr || !is_column((*both)[i], column->operands[0])) return {};
      stacked[i] = column->operands[0];
    }
    const auto turn = turned(stacked[0], stacked[1], true);
    const TensorType* joined = type(node.results[0]);
    if (!turn || joined == nullptr || !is_static(joined->shape) || *joined != *type(turn->x)) {
      return {};
    }
    return turn;
  }

  // Whether a reshape of x only adds a last axis of one place.
  bool is_column(ValueId column, ValueId x) const {
    if (type(column) == nullptr || type(x) == nullptr) return false;
    Shape shape = type(x)->shape;
    shape.push_back(Dim(1));
    return is_static(shape) && type(column)->shape == shape;
  }

  // first = x1 cos - x2 sin, second = x2 cos + x1 sin
  std::optional<Turn> turned(ValueId first, ValueId second, bool interleaved) const {
    const auto difference = match_.binary(first, BinaryKind::sub);
    const auto sum = match_.binary(second, BinaryKind::add);
    if (!difference || !sum) return {};
    const auto a = match_.binary((*difference)[0], BinaryKind::mul);
    const auto b = match_.binary((*difference)[1], BinaryKind::mul);
    if (!a || !b) return {};
    for (const size_t i : {0u, 1u}) {
      for (const size_t j : {0u, 1u}) {
        const ValueId x1 = (*a)[i], cos = (*a)[1 - i], x2 = (*b)[j], sin = (*b)[1 - j];
        const auto p1 = part(x1), p2 = part(x2);
        const bool fits =
            p1 && p2 && (interleaved ? are_neighbors(*p1, *p2) : are_halves(*p1, *p2));
        if (!fits || !is_sum(*sum, {x2, cos}, {x1, sin})) continue;
        return Turn{.x = p1->of, .cos = cos, .sin = sin, .interleaved = interleaved};
      }
    }
    return {};
  }
  bool is_sum(const Matcher::Pair& sum, const Matcher::Pair& a, const Matcher::Pair& b) const {
    const auto is_product = [&](ValueId value, const Matcher::Pair& of) {
      const auto pair = match_.binary(value, BinaryKind::mul);
      return pair && (*pair == of || *pair == Matcher::Pair{of[1], of[0]});
    };
    return (is_product(sum[0], a) && is_product(sum[1], b)) ||
           (is_product(sum[0], b) && is_product(sum[1], a));
  }

  // The two values that a concat along the last axis joins.
  std::optional<Matcher::Pair> joined_at_end(ValueId value) const {
    const Node* node = match_.maker(value, "concat");
    if (node == nullptr || node->operands.size() != 2) return {};
    const TensorType* made = type(value);
    const auto axis = node->attrs.as<ConcatAttrs>().axis;
    const bool last = axis == -1 || (made != nullptr && axis + 1 == std::ssize(made->shape));
    return last ? std::optional(Matcher::Pair{node->operands[0], node->operands[1]}) : std::nullopt;
  }

  std::optional<Part> part(ValueId value) const {
    if (const Node* node = match_.maker(value, "split")) return part_by_split(*node);
    if (const Node* node = match_.maker(value, "slice")) return part_by_slice(*node);
    return {};
  }
  std::optional<Part> part_by_split(const Node& node) const {
    const ValueId x = node.operands[0];
    const int64_t size = last_size(x);
    const auto& attrs = node.attrs.as<SplitAttrs>();
    const std::vector<OperandType> types = types_of(node);
    const auto sizes =
        given_ints(attrs.sizes, node.operands.size() > 1 && node.operands[1] ? &types[1] : nullptr);
    if (size == 0 || !sizes || find_axis(attrs.axis, rank(x)) != rank(x) - 1) return {};
    const SplitRange range = range_of(attrs, *sizes, size);
    return Part{x, range.first, 1, range.count};
  }
  std::optional<Part> part_by_slice(const Node& node) const {
    const ValueId x = node.operands[0];
    const int64_t size = last_size(x);
    const std::vector<OperandType> types = types_of(node);
    std::vector<const OperandType*> operands(5, nullptr);
    for (size_t i = 0; i < node.operands.size(); ++i) {
      if (node.operands[i]) operands[i] = &types[i];
    }
    if (size == 0) return {};
    const auto slices = find_slices(node.attrs.as<SliceAttrs>(), operands);
    if (!slices || !*slices || (*slices)->size() != 1) return {};
    const AxisSlice& slice = (**slices)[0];
    if (slice.axis != rank(x) - 1) return {};
    const SliceRange range = range_of(slice, size);
    return Part{x, range.first, slice.step, range.count};
  }
  std::vector<OperandType> types_of(const Node& node) const {
    std::vector<OperandType> types(node.operands.size());
    for (size_t i = 0; i < types.size(); ++i) {
      if (node.operands[i]) types[i] = operand_type(match_.graph()[node.operands[i]]);
    }
    return types;
  }

  bool are_halves(const Part& first, const Part& second) const {
    const int64_t half = last_size(first.of) / 2;
    return first.of == second.of && first.first == 0 && second.first == half &&
           first.count == half && second.count == half && first.step == 1 && second.step == 1;
  }
  bool are_neighbors(const Part& first, const Part& second) const {
    const int64_t half = last_size(first.of) / 2;
    return first.of == second.of && first.first == 0 && second.first == 1 && first.step == 2 &&
           second.step == 2 && first.count == half && second.count == half;
  }

  // Whether the last axis holds everything twice, half behind half, whatever is given.
  bool has_equal_halves(ValueId value, int depth) const {
    if (depth > 16 || last_size(value) == 0 || last_size(value) % 2 != 0) return false;
    const Value& v = match_.graph()[value];
    if (v.kind == ValueKind::constant) return holds_equal_halves(v);
    if (v.kind != ValueKind::result) return false;
    const Node& node = match_.graph()[v.producer];
    if (node.op->name == "concat") {
      const auto both = joined_at_end(value);
      return both && (*both)[0] == (*both)[1];
    }
    if (node.op->name == "binary") {
      for (const size_t i : {0u, 1u}) {
        if (match_.number(node.operands[i]))
          return has_equal_halves(node.operands[1 - i], depth + 1);
      }
      return false;
    }
    return keeps_last_axis(node) && has_equal_halves(node.operands[0], depth + 1);
  }
  bool keeps_last_axis(const Node& node) const {
    const ValueId x = node.operands[0], y = node.results[0];
    if (node.op->name == "unary") return true;
    if (node.op->name == "reshape") return last_size(x) == last_size(y);
    if (node.op->name == "transpose") {
      const auto& perm = node.attrs.as<TransposeAttrs>().perm;
      return !perm.empty() && find_axis(perm.back(), perm.size()) == perm.size() - 1;
    }
    if (node.op->name == "take") {
      return find_axis(node.attrs.as<TakeAttrs>().axis, rank(x)) != rank(x) - 1;
    }
    return node.op->name == "slice" && last_size(x) == last_size(y);  // backwards would do, too
  }
  static bool holds_equal_halves(const Value& value) {
    if (value.type.tensor.dtype != DType::f32) return false;
    const auto row = static_cast<size_t>(value.type.tensor.shape.back().value()) * sizeof(float);
    const Bytes bytes = value.constant.bytes;
    for (size_t at = 0; at + row <= bytes.size(); at += row) {
      if (std::memcmp(bytes.data() + at, bytes.data() + at + row / 2, row / 2) != 0) return false;
    }
    return true;
  }

  const TensorType* type(ValueId value) const {
    const Type& known = match_.graph()[value].type;
    return known.is_tensor() ? &known.tensor : nullptr;
  }
  size_t rank(ValueId value) const {
    return type(value) == nullptr ? 0 : type(value)->shape.size();
  }
  // Of f32; 0: not known.
  int64_t last_size(ValueId value) const {
    const TensorType* known = type(value);
    if (known == nullptr || known->dtype != DType::f32 || known->shape.empty()) return 0;
    return known->shape.back().is_symbol() ? 0 : known->shape.back().value();
  }

  const Matcher& match_;
};

// Which axes of x the angles of a turn are of: where `rotary` takes such.
struct Angles {
  size_t sequence = 0;  // x's axis
  bool all_batches = false;
  bool operator==(const Angles&) const = default;
};

std::optional<Angles> angles_of(const TensorType& x, const TensorType& angles, int64_t size) {
  const size_t rank = x.shape.size();
  if ((rank != 3 && rank != 4) || angles.shape.size() > rank || angles.shape.size() < 2) return {};
  Shape shape(rank - angles.shape.size(), Dim(1));
  shape.insert(shape.end(), angles.shape.begin(), angles.shape.end());
  const auto follows_x = [&](size_t axis) {
    return shape[axis] == x.shape[axis] && !shape[axis].is_unknown();
  };
  if (shape.back() != Dim(size) || (shape[0] != Dim(1) && !follows_x(0))) return {};
  const bool all_batches = shape[0] == Dim(1);
  for (const size_t sequence : {rank - 2, size_t{1}}) {
    const bool one_a_head = rank == 3 || shape[3 - sequence] == Dim(1);
    if (one_a_head && follows_x(sequence)) return Angles{sequence, all_batches};
  }
  return {};
}

class RotaryEmitter {
 public:
  RotaryEmitter(const Graph& graph, Rewriter& rewriter) : graph_(graph), rewriter_(rewriter) {}

  // Whether it was done: angles may broadcast as `rotary` knows none.
  Expected<bool> emit(const Turn& turn, ValueId result) {
    const TensorType& x = graph_[turn.x].type.tensor;
    const int64_t size = x.shape.back().value(), named = turn.twice ? size : size / 2;
    const Type &cos_type = graph_[turn.cos].type, &sin_type = graph_[turn.sin].type;
    if (!cos_type.is_tensor() || !sin_type.is_tensor()) return false;
    if (cos_type.tensor.dtype != DType::f32 || sin_type.tensor.dtype != DType::f32) return false;
    const auto angles = angles_of(x, cos_type.tensor, named);
    if (!angles || angles != angles_of(x, sin_type.tensor, named)) return false;
    const bool heads_behind = x.shape.size() == 4 && angles->sequence == 1;
    if (heads_behind && x.shape[2].is_symbol()) return false;
    RotaryAttrs attrs{.interleaved = turn.interleaved};
    if (x.shape.size() == 3) attrs.heads = 1;
    if (heads_behind) attrs.heads = x.shape[2].value();
    HONE_TRY(const ValueId cos, table(turn.cos, turn, *angles));
    HONE_TRY(const ValueId sin, table(turn.sin, turn, *angles));
    const std::string& name = graph_[result].name;
    const ValueId from = angles->all_batches ? first_position() : ValueId{};
    ValueId value = rewriter_(turn.x);
    if (heads_behind) {
      HONE_TRY(value, add("reshape", cat(name, "/heads"),
                          ReshapeAttrs{.shape = {0, 0, attrs.heads * size}}, {value}));
      HONE_TRY(value, add("rotary", cat(name, "/turned"), attrs, {value, cos, sin, from}));
      HONE_TRY(value,
               rewriter_.add("reshape", name, ReshapeAttrs{.shape = {0, 0, attrs.heads, size}},
                             {value}, result));
      return true;
    }
    HONE_TRY(value, rewriter_.add("rotary", name, attrs, {value, cos, sin, from}, result));
    return true;
  }

 private:
  Expected<ValueId> add(std::string_view op, const std::string& name, Attrs attrs,
                        std::vector<ValueId> operands) {
    return rewriter_.add(op, rewriter_.free_name(name), std::move(attrs), std::move(operands), {});
  }

  // Angles as `rotary` wants them, once each: every one named once, rows of a table where they are
  // the same for all batches, else [batch, sequence, size / 2].
  Expected<ValueId> table(ValueId angles, const Turn& turn, const Angles& axes) {
    const auto key = std::tuple(angles.index, turn.twice, axes.sequence, axes.all_batches);
    const auto known = tables_.find(key);
    if (known != tables_.end()) return known->second;
    const std::string& name = graph_[angles].name;
    const Shape& shape = graph_[angles].type.tensor.shape;
    const int64_t half = turn.twice ? shape.back().value() / 2 : shape.back().value();
    ValueId value = rewriter_(angles);
    if (turn.twice) {
      HONE_TRY(value, add("slice", cat(name, "/half"), SliceAttrs{{0}, {half}, {-1}, {}}, {value}));
    }
    if (axes.all_batches) {
      HONE_TRY(value,
               add("reshape", cat(name, "/table"), ReshapeAttrs{.shape = {-1, half}}, {value}));
    } else if (shape.size() == 4) {
      const int64_t head_axis = axes.sequence == 1 ? 2 : 1;
      HONE_TRY(value,
               add("reshape", cat(name, "/rows"),
                   ReshapeAttrs{.shape = {head_axis}, .to = ReshapeAttrs::To::squeeze}, {value}));
    }
    tables_.emplace(key, value);
    return value;
  }

  // The table's first row is the first token's.
  ValueId first_position() {
    if (!first_position_) {
      first_position_ = rewriter_.new_constant(
          "first_position", {DType::i64, {Dim(1)}},
          std::make_shared<std::vector<std::byte>>(sizeof(int64_t), std::byte{0}));
    }
    return first_position_;
  }

  const Graph& graph_;
  Rewriter& rewriter_;
  std::map<std::tuple<int32_t, bool, size_t, bool>, ValueId> tables_;
  ValueId first_position_;
};

}  // namespace

Expected<Graph> recognize_rotary(const Graph& graph, const TargetDesc&) {
  const Matcher match(graph);
  const RotaryMatcher turns(match);
  Rewriter rewriter(graph);
  RotaryEmitter emitter(graph, rewriter);
  for (const Node& node : graph.nodes) {
    const auto found = turns.find(node);
    if (found) {
      HONE_TRY(const bool done, emitter.emit(*found, node.results[0]));
      if (done) continue;
    }
    HONE_RETURN_IF_ERROR(rewriter.keep(node));
  }
  return drop_dead(std::move(rewriter).finish(), {});
}

}  // namespace hone::passes
