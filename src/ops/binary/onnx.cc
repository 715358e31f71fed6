#include "ops/binary/op.h"

#include "frontend/onnx/node_import.h"
#include "ops/reshape/op.h"
#include "ops/shape_rules.h"
#include "ops/text/op.h"

namespace hone::onnx {
namespace {

// Before opset 7 the second operand's axes stand at `axis` of the first, or at its end.
ir::ValueId legacy_operand(NodeImport& n, ir::ValueId a, ir::ValueId b) {
  if (n.opset() >= 7 || n.attr("broadcast", int64_t{0}) == 0 || !n.has("axis")) return b;
  const auto rank_a = n.rank(a), rank_b = n.rank(b);
  if (!rank_a || !rank_b) {
    n.unsupported("broadcasts along an axis of a tensor of unknown rank");
    return {};
  }
  const auto axis = find_axis(n.attr("axis", int64_t{0}), static_cast<size_t>(*rank_a));
  if (!axis) {
    n.invalid("axis is none of ", *rank_a);
    return {};
  }
  ReshapeAttrs attrs{.shape = {}, .to = ReshapeAttrs::To::unsqueeze};
  const auto first = static_cast<int64_t>(*axis);
  for (int64_t i = first + *rank_b; i < *rank_a; ++i) attrs.shape.push_back(i - first);
  return attrs.shape.empty() ? b : n.add("reshape", {b}, attrs);
}

template <BinaryKind kind>
void two(NodeImport& n) {
  const ir::ValueId a = n.input(0), b = legacy_operand(n, a, n.input(1));
  n.output(0, n.add("binary", {a, b}, BinaryAttrs{kind}));
}

void equal(NodeImport& n) {
  const ir::ValueId a = n.input(0), b = n.input(1);
  if (n.dtype(a) != DType::string && n.dtype(b) != DType::string) {
    return two<BinaryKind::equal>(n);
  }
  TextAttrs attrs;
  attrs.kind = TextKind::equal;
  const auto shape = n.rank(a) && n.rank(b)
                         ? broadcast(n.type(a).tensor.shape, n.type(b).tensor.shape)
                         : std::nullopt;
  const Type type = shape ? Type(TensorType{DType::boolean, *shape}) : Type::unknown();
  const auto results = n.add_host("text", {a, b}, attrs, {type});
  if (n.ok()) n.output(0, results[0]);
}

// Sum, Min, Max of any number of inputs.
template <BinaryKind kind>
void many(NodeImport& n) {
  ir::ValueId all = n.input(0);
  for (size_t i = 1; i < n.inputs(); ++i)
    all = n.add("binary", {all, n.input(i)}, BinaryAttrs{kind});
  n.output(0, all);
}

void mean(NodeImport& n) {
  ir::ValueId all = n.input(0);
  for (size_t i = 1; i < n.inputs(); ++i) {
    all = n.add("binary", {all, n.input(i)}, BinaryAttrs{BinaryKind::add});
  }
  const auto dtype = n.dtype(n.input(0));
  if (!dtype) return n.unsupported("takes the mean of tensors whose dtype is known only when run");
  const ir::ValueId count = n.scalar(*dtype, static_cast<double>(n.inputs()));
  n.output(0, n.add("binary", {all, count}, BinaryAttrs{BinaryKind::div}));
}

void mod(NodeImport& n) {
  const bool c = n.attr("fmod", int64_t{0}) != 0;
  n.output(0, n.add("binary", {n.input(0), n.input(1)},
                    BinaryAttrs{c ? BinaryKind::fmod : BinaryKind::mod}));
}

void shift(NodeImport& n) {
  const bool left = n.attr("direction", "") == "LEFT";
  n.output(0, n.add("binary", {n.input(0), n.input(1)},
                    BinaryAttrs{left ? BinaryKind::shift_left : BinaryKind::shift_right}));
}

// Clip's bounds are attributes before opset 11, optional inputs after.
void clip(NodeImport& n) {
  ir::ValueId y = n.input(0);
  const auto dtype = n.dtype(y);
  ir::ValueId low = n.input(1), high = n.input(2);
  if (n.opset() < 11) {
    if (!dtype) return n.unsupported("clips a tensor whose dtype is known only when run");
    if (n.has("min")) low = n.scalar(*dtype, static_cast<double>(n.attr("min", 0.0f)));
    if (n.has("max")) high = n.scalar(*dtype, static_cast<double>(n.attr("max", 0.0f)));
  }
  if (low) y = n.add("binary", {y, low}, BinaryAttrs{BinaryKind::max});
  if (high) y = n.add("binary", {y, high}, BinaryAttrs{BinaryKind::min});
  n.output(0, y);
}

// The slope's shape broadcasts to x's, or is one slope a channel.
void prelu(NodeImport& n) {
  const ir::ValueId x = n.input(0);
  ir::ValueId slope = n.input(1);
  const auto rank = n.rank(x), slope_rank = n.rank(slope);
  if (n.opset() < 7 && rank && slope_rank && *slope_rank == 1 && *rank > 2) {
    ReshapeAttrs attrs{.shape = {}, .to = ReshapeAttrs::To::unsqueeze};
    for (int64_t i = 2; i < *rank; ++i) attrs.shape.push_back(i - 1);
    slope = n.add("reshape", {slope}, attrs);
  }
  n.output(0, n.add("binary", {x, slope}, BinaryAttrs{BinaryKind::prelu}));
}

}  // namespace

std::span<const OnnxOp> binary_onnx_ops() {
  static constexpr OnnxOp kOps[] = {
      {"", "Add", two<BinaryKind::add>},
      {"", "Sub", two<BinaryKind::sub>},
      {"", "Mul", two<BinaryKind::mul>},
      {"", "Div", two<BinaryKind::div>},
      {"", "Pow", two<BinaryKind::pow>},
      {"", "And", two<BinaryKind::logic_and>},
      {"", "Or", two<BinaryKind::logic_or>},
      {"", "Xor", two<BinaryKind::logic_xor>},
      {"", "Equal", equal},
      {"", "Less", two<BinaryKind::less>},
      {"", "LessOrEqual", two<BinaryKind::less_equal>},
      {"", "Greater", two<BinaryKind::greater>},
      {"", "GreaterOrEqual", two<BinaryKind::greater_equal>},
      {"", "BitwiseAnd", two<BinaryKind::bit_and>},
      {"", "BitwiseOr", two<BinaryKind::bit_or>},
      {"", "BitwiseXor", two<BinaryKind::bit_xor>},
      {"", "Sum", many<BinaryKind::add>},
      {"", "Min", many<BinaryKind::min>},
      {"", "Max", many<BinaryKind::max>},
      {"", "Mean", mean},
      {"", "Mod", mod},
      {"", "BitShift", shift},
      {"", "Clip", clip},
      {"", "PRelu", prelu},
  };
  return kOps;
}

}  // namespace hone::onnx
