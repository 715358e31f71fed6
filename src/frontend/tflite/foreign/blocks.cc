// Operators that move blocks of pixels to other axes.
#include <algorithm>
#include <numeric>

#include "frontend/tflite/node_import.h"
#include "ops/pad/op.h"
#include "ops/slice/op.h"

namespace hone::tflite {
namespace {

using Ints = std::vector<int64_t>;
constexpr int64_t kMaxBlock = 1 << 10;

// The sizes of x, of which only the first may be unknown (-1).
Ints sizes_of(NodeImport& n, ir::ValueId x) {
  Ints sizes;
  if (!n.rank(x)) return n.unsupported("takes a tensor of unknown rank"), sizes;
  for (const Dim& dim : n.type(x).tensor.shape) {
    if (dim.is_symbol() && !sizes.empty()) {
      return n.unsupported("takes pictures of a size that is known only when run"), sizes;
    }
    sizes.push_back(dim.is_symbol() ? -1 : dim.value());
  }
  return sizes;
}

Ints picture_sizes(NodeImport& n, ir::ValueId x) {
  const Ints sizes = sizes_of(n, x);
  if (n.ok() && sizes.size() != 4) n.unsupported("takes only pictures");
  return sizes;
}

void depth_to_space(NodeImport& n) {
  using Options = schema::DepthToSpaceOptions;
  const int64_t block = n.options<Options>().get(Options::block_size);
  const ir::ValueId x = n.input(0);
  const Ints s = picture_sizes(n, x);
  if (!n.ok()) return;
  if (block < 1 || block > kMaxBlock || s[3] % (block * block) != 0) {
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
  const Ints s = picture_sizes(n, x);
  if (!n.ok()) return;
  if (block < 1 || block > kMaxBlock || s[1] % block != 0 || s[2] % block != 0) {
    return n.invalid("its block size ", block, " does not fit ", s[1], " x ", s[2]);
  }
  const int64_t high = s[1] / block, wide = s[2] / block;
  const ir::ValueId apart = n.reshape(x, {s[0], high, block, wide, block, s[3]});
  const ir::ValueId moved = n.transpose(apart, {0, 1, 3, 2, 4, 5});
  n.output(0, n.reshape(moved, {s[0], high, wide, block * block * s[3]}));
}

// Block sizes of the axes behind the first and, for each, a pair of paddings or crops.
struct Blocks {
  Ints sizes, pairs;
  int64_t all = 1;  // their product
};

Blocks blocks_of(NodeImport& n, size_t rank) {
  Blocks blocks{.sizes = n.ints(1), .pairs = n.ints(2)};
  const bool fit = blocks.sizes.size() < rank && blocks.sizes.size() <= 3 &&
                   blocks.pairs.size() == 2 * blocks.sizes.size();
  const auto in_range = [](int64_t value, int64_t least) {
    return value >= least && value <= kMaxBlock;
  };
  const bool right =
      std::ranges::all_of(blocks.sizes, [&](int64_t size) { return in_range(size, 1); }) &&
      std::ranges::all_of(blocks.pairs, [&](int64_t size) { return in_range(size, 0); });
  if (n.ok() && !(fit && right)) n.invalid("its blocks do not fit an input of ", rank, " axes");
  for (const int64_t size : blocks.sizes) blocks.all *= n.ok() ? size : 1;
  return blocks;
}

// x with what stands for 0 around it.
ir::ValueId padded(NodeImport& n, ir::ValueId x, const Blocks& blocks, size_t rank) {
  PadAttrs attrs;
  attrs.pads.resize(2 * rank);
  for (size_t i = 0; i < blocks.pairs.size(); ++i) {
    attrs.pads[(i % 2 == 0 ? 1 : 1 + rank) + i / 2] = blocks.pairs[i];
  }
  return n.add("pad", {x, {}, n.stored_zero(0), {}}, attrs);
}

void space_to_batch(NodeImport& n) {
  ir::ValueId x = n.input(0);
  const size_t rank = n.rank(x).value_or(0);
  const Blocks blocks = blocks_of(n, rank);
  if (!n.ok()) return;
  x = padded(n, x, blocks, rank);
  const Ints s = sizes_of(n, x);
  if (!n.ok()) return;
  Ints apart{s[0]}, together{s[0] < 0 ? -1 : s[0] * blocks.all}, in_front, behind{0};
  for (size_t i = 1; i < rank; ++i) {
    const bool cut = i <= blocks.sizes.size();
    const int64_t block = cut ? blocks.sizes[i - 1] : 1;
    if (s[i] % block != 0) return n.invalid("its block ", block, " does not divide ", s[i]);
    behind.push_back(static_cast<int64_t>(apart.size()));
    apart.push_back(s[i] / block);
    together.push_back(s[i] / block);
    if (!cut) continue;
    in_front.push_back(static_cast<int64_t>(apart.size()));
    apart.push_back(block);
  }
  in_front.insert(in_front.end(), behind.begin(), behind.end());
  n.output(0, n.reshape(n.transpose(n.reshape(x, apart), in_front), together));
}

void batch_to_space(NodeImport& n) {
  const ir::ValueId x = n.input(0);
  const Ints s = sizes_of(n, x);
  const Blocks blocks = blocks_of(n, s.size());
  if (!n.ok()) return;
  if (s[0] > 0 && s[0] % blocks.all != 0) return n.invalid("its blocks do not divide the batch");
  const int64_t batch = s[0] < 0 ? -1 : s[0] / blocks.all;
  const auto count = static_cast<int64_t>(blocks.sizes.size());
  Ints apart = blocks.sizes, together{batch}, order{count};
  apart.push_back(batch);
  SliceAttrs crops;
  for (size_t i = 1; i < s.size(); ++i) {
    const bool cut = i <= blocks.sizes.size();
    apart.push_back(s[i]);
    order.push_back(count + static_cast<int64_t>(i));
    together.push_back(cut ? s[i] * blocks.sizes[i - 1] : s[i]);
    if (!cut) continue;
    order.push_back(static_cast<int64_t>(i) - 1);
    crops.axes.push_back(static_cast<int64_t>(i));
    crops.starts.push_back(blocks.pairs[2 * i - 2]);
    crops.ends.push_back(together.back() - blocks.pairs[2 * i - 1]);
  }
  const ir::ValueId whole = n.reshape(n.transpose(n.reshape(x, apart), order), together);
  const bool cropped = std::ranges::any_of(blocks.pairs, [](int64_t crop) { return crop != 0; });
  n.output(0, cropped ? n.add("slice", {whole}, crops) : whole);
}

}  // namespace

std::span<const TfliteOp> blocks_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::DEPTH_TO_SPACE, depth_to_space},
      {BuiltinOperator::SPACE_TO_DEPTH, space_to_depth},
      {BuiltinOperator::SPACE_TO_BATCH_ND, space_to_batch},
      {BuiltinOperator::BATCH_TO_SPACE_ND, batch_to_space},
  };
  return kOps;
}

}  // namespace hone::tflite
