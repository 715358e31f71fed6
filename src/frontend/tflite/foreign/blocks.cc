#include "frontend/tflite/node_import.h"

namespace hone::tflite {
namespace {

// The sizes of [batch, height, width, channels], the last three of them numbers.
std::vector<int64_t> sizes_of(NodeImport& n, ir::ValueId x) {
  if (n.rank(x) != 4u) return n.unsupported("takes only pictures"), std::vector<int64_t>{};
  std::vector<int64_t> sizes;
  for (const Dim& dim : n.type(x).tensor.shape) {
    if (dim.is_symbol() && !sizes.empty()) {
      return n.unsupported("takes pictures of a size that is known only when run"), sizes;
    }
    sizes.push_back(dim.is_symbol() ? -1 : dim.value());
  }
  return sizes;
}

void depth_to_space(NodeImport& n) {
  using Options = schema::DepthToSpaceOptions;
  const int64_t block = n.options<Options>().get(Options::block_size);
  const ir::ValueId x = n.input(0);
  const std::vector<int64_t> s = sizes_of(n, x);
  if (!n.ok()) return;
  if (block < 1 || block > 1 << 15 || s[3] % (block * block) != 0) {
    return n.invalid("its block size ", block, " does not fit ", s[3], " channels");
  }
  const int64_t depth = s[3] / (block * block);
  const ir::ValueId apart = n.reshape(x, {s[0], s[1], s[2], block, block, depth});
  const ir::ValueId moved = n.transpose(apart, {0, 1, 3, 2, 4, 5});
  n.output(0, n.reshape(moved, {s[0], s[1] * block, s[2] * block, depth}));
}

void space_to_depth(NodeImport& n) {
  using Options = schema::SpaceToDepthOptions;
  const int64_t block = n.options<Options>().get(Options::block_size);
  const ir::ValueId x = n.input(0);
  const std::vector<int64_t> s = sizes_of(n, x);
  if (!n.ok()) return;
  if (block < 1 || block > 1 << 15 || s[1] % block != 0 || s[2] % block != 0) {
    return n.invalid("its block size ", block, " does not fit ", s[1], " x ", s[2]);
  }
  const int64_t high = s[1] / block, wide = s[2] / block;
  const ir::ValueId apart = n.reshape(x, {s[0], high, block, wide, block, s[3]});
  const ir::ValueId moved = n.transpose(apart, {0, 1, 3, 2, 4, 5});
  n.output(0, n.reshape(moved, {s[0], high, wide, block * block * s[3]}));
}

}  // namespace

std::span<const TfliteOp> blocks_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::DEPTH_TO_SPACE, depth_to_space},
      {BuiltinOperator::SPACE_TO_DEPTH, space_to_depth},
  };
  return kOps;
}

}  // namespace hone::tflite
