#include <algorithm>

#include "ops/col2im/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "image_shape", "block_shape"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x is numbers [batch, channels * block, blocks]",
    "C2: image and block shape are lists of as many integers > 0, 6 at most",
    "C3: attributes have entries for each axis; strides and dilations > 0, pads >= 0",
    "C4: x has as many channels and blocks as the shapes say",
};
constexpr int64_t kMost = int64_t{1} << 31;

bool all_within(const std::vector<int64_t>& values, int64_t least) {
  return std::ranges::all_of(values,
                             [&](int64_t value) { return value >= least && value < kMost; });
}

Expected<std::vector<TensorType>> infer(const Col2imAttrs& attrs, OperandTypes operands) {
  const TensorType& x = *operands[0];
  if (!is_number(x.dtype) || x.shape.size() != 3) {
    return fail_constraint("C1", "x is ", to_text(x, {}));
  }
  if (!is_list_of_ints(operands[1]) || !is_list_of_ints(operands[2])) {
    return fail_constraint("C2", "they are no integers");
  }
  const auto image = known_ints(*operands[1]), block = known_ints(*operands[2]);
  if (!image || !block) return known_when_run();
  HONE_TRY(const auto axes, find_axes(attrs, *image, *block));
  Shape block_sizes, blocks, shape{x.shape[0], Dim::unknown()};
  for (const Col2imAxis& axis : axes) {
    block_sizes.push_back(Dim(axis.block));
    blocks.push_back(Dim(axis.blocks));
    shape.push_back(Dim(axis.size));
  }
  const int64_t block_elements = product(block_sizes).value();
  if (!may_equal(x.shape[2], product(blocks))) {
    return fail_constraint("C4", "x has ", x.shape[2].value(), " blocks, not ",
                           product(blocks).value());
  }
  if (!x.shape[1].is_symbol() && x.shape[1].value() % block_elements != 0) {
    return fail_constraint("C4", x.shape[1].value(), " are no channels of ", block_elements);
  }
  shape[1] = map_dim(x.shape[1], [&](int64_t size) { return size / block_elements; });
  return std::vector<TensorType>{{x.dtype, std::move(shape)}};
}

Cost cost(const Col2imAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(1, operands, results);
}

}  // namespace

Expected<std::vector<Col2imAxis>> find_axes(const Col2imAttrs& attrs,
                                            const std::vector<int64_t>& image,
                                            const std::vector<int64_t>& block) {
  const size_t n = image.size();
  if (n == 0 || n > kMaxRank - 2 || block.size() != n || !all_within(image, 1) ||
      !all_within(block, 1)) {
    return fail_constraint("C2", n, " and ", block.size(), " sizes");
  }
  const auto fits = [](const std::vector<int64_t>& list, size_t count, int64_t least) {
    return list.empty() || (list.size() == count && all_within(list, least));
  };
  if (!fits(attrs.strides, n, 1) || !fits(attrs.dilations, n, 1) || !fits(attrs.pads, 2 * n, 0)) {
    return fail_constraint("C3", "they do not fit an image of ", n, " axes");
  }
  std::vector<Col2imAxis> axes;
  for (size_t i = 0; i < n; ++i) {
    Col2imAxis axis{image[i], block[i], 1, 1, 0, 0};
    if (!attrs.strides.empty()) axis.stride = attrs.strides[i];
    if (!attrs.dilations.empty()) axis.dilation = attrs.dilations[i];
    if (!attrs.pads.empty()) axis.before = attrs.pads[i];
    const int64_t after = attrs.pads.empty() ? 0 : attrs.pads[n + i];
    const int64_t room = axis.size + axis.before + after - axis.dilation * (axis.block - 1) - 1;
    axis.blocks = room < 0 ? 0 : room / axis.stride + 1;
    axes.push_back(axis);
  }
  return axes;
}

const OpDef& col2im_op() {
  using T = Typed<Col2imAttrs, infer, cost>;
  static const OpDef kDef{.name = "col2im",
                          .summary = "blocks of an image added up where they overlap (ONNX Col2Im)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost,
                          .value_operands = 0b110};
  return kDef;
}

}  // namespace hone
