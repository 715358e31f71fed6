#include "ops/define.h"
#include "ops/pixel_shuffle/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x has plain elements and 4 axes",
    "C2: 1 <= block <= 32768, and the channels are a multiple of its square, or height and width "
    "of it",
};
constexpr int64_t kMaxBlock = 32768;

Expected<std::vector<TensorType>> infer(const PixelShuffleAttrs& attrs, OperandTypes operands) {
  const TensorType& x = *operands[0];
  if (!has_plain_elements(x.dtype) || x.shape.size() != 4) {
    return fail_constraint("C1", "x is ", to_text(x, {}));
  }
  const int64_t block = attrs.block;
  if (block < 1 || block > kMaxBlock) return fail_constraint("C2", "the block is ", block);
  const Shape& s = x.shape;
  const auto fits = [](Dim dim, int64_t by) { return dim.is_symbol() || dim.value() % by == 0; };
  const auto times = [](Dim dim, int64_t by) {
    const Dim both[] = {dim, Dim(by)};
    return by == 1 ? dim : product(both);
  };
  const auto part = [](Dim dim, int64_t by) {
    return by == 1 ? dim : map_dim(dim, [&](int64_t size) { return size / by; });
  };
  const bool deep = attrs.to_depth();
  const bool fit = deep ? fits(s[2], block) && fits(s[3], block) : fits(s[1], block * block);
  if (!fit) return fail_constraint("C2", "a block of ", block, " does not fit ", to_text(s, {}));
  Shape shape{s[0], part(s[1], block * block), times(s[2], block), times(s[3], block)};
  if (deep) shape = {s[0], times(s[1], block * block), part(s[2], block), part(s[3], block)};
  return std::vector<TensorType>{{x.dtype, std::move(shape)}};
}

Cost cost(const PixelShuffleAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(0, operands, results);
}

}  // namespace

const OpDef& pixel_shuffle_op() {
  using T = Typed<PixelShuffleAttrs, infer, cost>;
  static const OpDef kDef{
      .name = "pixel_shuffle",
      .summary = "pixels from channels, or back (ONNX DepthToSpace, SpaceToDepth)",
      .operands = kOperands,
      .results = kResults,
      .constraints = kConstraints,
      .default_attrs = T::default_attrs,
      .infer = T::infer,
      .cost = T::cost};
  return kDef;
}

}  // namespace hone
