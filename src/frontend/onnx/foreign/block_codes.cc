// com.microsoft's operators on weights in codes of 2, 4 or 8 bits, with a scale and a zero point a
// block: w = (code - zero) * scale. Source: ONNX Runtime's docs/ContribOperators.md.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "frontend/onnx/node_import.h"
#include "ops/batch_matmul/op.h"
#include "ops/cast/op.h"
#include "ops/concat/op.h"
#include "ops/dequantize/op.h"
#include "ops/reshape/op.h"
#include "ops/shape/op.h"
#include "ops/shape_rules.h"
#include "ops/take/op.h"
#include "tensor/float.h"

namespace hone::onnx {
namespace {

constexpr int64_t kMaxSide = int64_t{1} << 31;  // of a weight

bool is_bits(int64_t bits) { return bits == 2 || bits == 4 || bits == 8; }
bool is_block(int64_t block) {
  return block >= 16 && block < kMaxSide && std::has_single_bit(static_cast<uint64_t>(block));
}
int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Code i of those that stand from `row` on, the first in the low bits of a byte.
int code_at(const std::byte* row, int64_t i, int64_t bits) {
  const unsigned byte = static_cast<unsigned>(row[i * bits / 8]);
  return static_cast<int>(byte >> (i * bits % 8) & ((1u << bits) - 1));
}

// A weight [rows, columns] of MatMulNBits. A row's last block may be longer than the row.
struct CodedWeight {
  int64_t rows = 0, columns = 0, block = 0, bits = 0;
  Bytes codes;
  std::vector<float> scales, zeros;  // one a block
  std::vector<int64_t> groups;       // the block whose scale a column has; empty: its own

  int64_t blocks() const { return ceil_div(columns, block); }
  size_t block_at(int64_t row, int64_t column) const {
    const int64_t own = column / block;
    return static_cast<size_t>(row * blocks() +
                               (groups.empty() ? own : groups[static_cast<size_t>(column)]));
  }
  int code(int64_t row, int64_t column) const {
    return code_at(codes.data() + row * blocks() * block * bits / 8, column, bits);
  }
};

// Zero points in codes of their own, or as floats, or left out.
std::optional<std::vector<float>> read_zeros(NodeImport& n, const CodedWeight& w) {
  const auto count = static_cast<size_t>(w.rows * w.blocks());
  const ir::ValueId given = n.input(3);
  if (!given) return std::vector<float>(count, static_cast<float>(1 << (w.bits - 1)));
  if (n.dtype(given) != DType::u8) {
    auto floats = n.constant_floats(given);
    if (floats && floats->size() != count) floats.reset();
    return floats;
  }
  const auto bytes = n.constant_bytes(given);
  const int64_t row_bytes = ceil_div(w.blocks() * w.bits, 8);
  if (!bytes || bytes->size() != static_cast<size_t>(w.rows * row_bytes)) return {};
  std::vector<float> zeros(count);
  for (size_t i = 0; i < count; ++i) {
    const auto at = static_cast<int64_t>(i);
    const std::byte* row = bytes->data() + at / w.blocks() * row_bytes;
    zeros[i] = static_cast<float>(code_at(row, at % w.blocks(), w.bits));
  }
  return zeros;
}

// What g_idx names for each column, and maybe for those that fill the last block.
std::optional<std::vector<int64_t>> read_groups(NodeImport& n, const CodedWeight& w) {
  if (!n.has_input(4)) return std::vector<int64_t>();
  auto groups = n.constant_ints(n.input(4));
  if (!groups || groups->size() < static_cast<size_t>(w.columns)) return {};
  const auto is_block = [&](int64_t group) { return group >= 0 && group < w.blocks(); };
  if (!std::ranges::all_of(*groups, is_block)) return {};
  int64_t column = 0;
  const auto is_own = [&](int64_t group) { return group == column++ / w.block; };
  if (std::ranges::all_of(*groups, is_own)) groups->clear();
  return groups;
}

std::optional<CodedWeight> read_weight(NodeImport& n) {
  CodedWeight w{.rows = n.attr("N", int64_t{0}),
                .columns = n.attr("K", int64_t{0}),
                .block = n.attr("block_size", int64_t{0}),
                .bits = n.attr("bits", int64_t{4}),
                .codes = {},
                .scales = {},
                .zeros = {},
                .groups = {}};
  const auto refuse = [&](const auto&... parts) -> std::optional<CodedWeight> {
    n.unsupported(parts...);
    return {};
  };
  if (!is_bits(w.bits)) return refuse("has weights of ", w.bits, " bits; 2, 4 and 8 are run");
  if (!is_block(w.block)) return refuse("has blocks of ", w.block, " weights");
  if (n.attr("weight_prepacked", int64_t{0}) != 0) return refuse("has weights packed for a GPU");
  const auto codes = n.constant_bytes(n.input(1));
  const auto scales = n.constant_floats(n.input(2));
  if (!n.ok()) return {};
  if (!codes || !scales) return refuse("has weights that are computed while running");
  if (n.dtype(n.input(1)) != DType::u8) return refuse("has weights that are no u8");
  const bool sane = w.rows > 0 && w.rows < kMaxSide && w.columns > 0 && w.columns < kMaxSide;
  // Of numbers below 2^31, divided first: no product here overflows.
  const bool fits = sane &&
                    codes->size() / static_cast<size_t>(w.rows) ==
                        static_cast<size_t>(w.blocks() * (w.block * w.bits / 8)) &&
                    codes->size() % static_cast<size_t>(w.rows) == 0 &&
                    scales->size() == static_cast<size_t>(w.rows * w.blocks());
  auto zeros = fits ? read_zeros(n, w) : std::nullopt;
  auto groups = fits ? read_groups(n, w) : std::nullopt;
  if (!zeros || !groups) {
    n.invalid("has weights, scales, zero points or groups that do not fit N ", w.rows, ", K ",
              w.columns, ", blocks of ", w.block);
    return {};
  }
  w.codes = *codes;
  w.scales = *std::move(scales);
  w.zeros = *std::move(zeros);
  w.groups = *std::move(groups);
  return w;
}

std::vector<std::byte> as_f32(const CodedWeight& w) {
  std::vector<std::byte> bytes(static_cast<size_t>(w.rows * w.columns) * sizeof(float));
  std::byte* out = bytes.data();
  for (int64_t row = 0; row < w.rows; ++row) {
    for (int64_t column = 0; column < w.columns; ++column, out += sizeof(float)) {
      const size_t block = w.block_at(row, column);
      const float code = static_cast<float>(w.code(row, column));
      const float value = (code - w.zeros[block]) * w.scales[block];
      std::memcpy(out, &value, sizeof value);
    }
  }
  return bytes;
}

// The smallest block type that has every level code - zero, or nothing. q5_0 rather than q4_1: its
// levels are exact, where minima would be rounded to f16.
std::optional<DType> block_dtype(const CodedWeight& w) {
  if (w.block % 32 != 0 || w.columns % 32 != 0 || !w.groups.empty()) return {};
  const auto is_normal = [](float scale) {  // in f16, where it keeps 11 bits
    return scale == 0 || (std::abs(scale) >= 0x1p-14f && std::abs(scale) <= 65504.0f);
  };
  const auto is_whole = [](float zero) { return zero == std::floor(zero); };
  if (!std::ranges::all_of(w.scales, is_normal) || !std::ranges::all_of(w.zeros, is_whole)) {
    return {};
  }
  const auto [least, most] = std::ranges::minmax(w.zeros);
  const float low = -most, high = static_cast<float>((1 << w.bits) - 1) - least;
  if (low >= -8 && high <= 7) return DType::q4_0;
  if (low >= -16 && high <= 15) return DType::q5_0;
  if (low >= -128 && high <= 127) return DType::q8_0;
  return {};
}

// Writes 32 codes, each 0 to 31, as q4_0 and q5_0 have them behind the scale.
void pack_nibbles(const int* codes, uint8_t* out) {
  for (int i = 0; i < 16; ++i) {
    out[i] = static_cast<uint8_t>((codes[i] & 15) | (codes[i + 16] & 15) << 4);
  }
}

void pack_block(DType dtype, const int* levels, uint8_t* out) {
  int codes[32];
  if (dtype == DType::q8_0) {
    for (int i = 0; i < 32; ++i) out[i] = static_cast<uint8_t>(levels[i]);
    return;
  }
  const int offset = dtype == DType::q4_0 ? 8 : 16;
  for (int i = 0; i < 32; ++i) codes[i] = levels[i] + offset;
  if (dtype == DType::q5_0) {
    uint32_t fifth = 0;
    for (int i = 0; i < 32; ++i) fifth |= static_cast<uint32_t>(codes[i] >> 4) << i;
    std::memcpy(out, &fifth, sizeof fifth);
    out += sizeof fifth;
  }
  pack_nibbles(codes, out);
}

std::vector<std::byte> as_blocks(const CodedWeight& w, DType dtype) {
  const int64_t stride = info(dtype).block_bytes;
  std::vector<std::byte> bytes(static_cast<size_t>(w.rows * (w.columns / 32) * stride));
  auto* out = reinterpret_cast<uint8_t*>(bytes.data());
  for (int64_t row = 0; row < w.rows; ++row) {
    for (int64_t column = 0; column < w.columns; column += 32, out += stride) {
      const size_t block = w.block_at(row, column);
      const int zero = static_cast<int>(w.zeros[block]);
      int levels[32];
      for (int i = 0; i < 32; ++i) levels[i] = w.code(row, column + i) - zero;
      const uint16_t scale = f32_to_f16(w.scales[block]);
      std::memcpy(out, &scale, sizeof scale);
      pack_block(dtype, levels, out + sizeof scale);
    }
  }
  return bytes;
}

// The same product on rows [-1, K], which is how weights in blocks are multiplied.
ir::ValueId multiply_rows(NodeImport& n, ir::ValueId x, ir::ValueId weight, ir::ValueId bias,
                          const CodedWeight& w) {
  const ir::ValueId rows = n.add("reshape", {x}, ReshapeAttrs{.shape = {-1, w.columns}});
  const ir::ValueId y = n.add("matmul", {rows, weight, bias, {}});
  const ir::ValueId outer = n.add("shape", {x}, ShapeAttrs{.start = 0, .end = -1});
  const ir::ValueId last = n.constant(std::vector<int64_t>{w.rows});
  const ir::ValueId shape = n.add("concat", {outer, last}, ConcatAttrs{0});
  return n.add("reshape", {y, shape}, ReshapeAttrs{});
}

// accuracy_level 4 allows activations in 8 bits: then weights stay in blocks, and products are
// integers. Without it they are floats, and the weights, too.
void matmul_nbits(NodeImport& n) {
  constexpr int64_t kInt8 = 4;
  const ir::ValueId x = n.input(0);
  const auto w = read_weight(n);
  if (!w) return;
  const auto to_f32 = [&](ir::ValueId value) {
    return !value || n.dtype(value) == DType::f32 ? value : n.add("cast", {value}, CastAttrs{});
  };
  const ir::ValueId real = to_f32(x), bias = to_f32(n.input(5));
  const auto dtype = n.attr("accuracy_level", int64_t{0}) == kInt8 ? block_dtype(*w) : std::nullopt;
  const Shape shape{Dim(w->rows), Dim(w->columns)};
  ir::ValueId y;
  if (dtype) {
    y = multiply_rows(n, real, n.constant({*dtype, shape}, as_blocks(*w, *dtype)), bias, *w);
  } else {
    const ir::ValueId weight = n.constant({DType::f32, shape}, as_f32(*w));
    y = n.add("batch_matmul", {real, weight, bias}, BatchMatmulAttrs{.trans_b = true});
  }
  n.output(0, real == x ? y : n.add("cast", {y, x}, CastAttrs{.to = ""}));
}

// A constant of u8 that holds codes along its last axis, as i8 levels code - 2^(bits - 1); of the
// codes of a row, the first `last`.
ir::ValueId levels_of(NodeImport& n, ir::ValueId packed, int64_t bits, int64_t last) {
  const auto bytes = n.constant_bytes(packed);
  if (!bytes || n.dtype(packed) != DType::u8) {
    n.unsupported("has codes that are computed while running, or no u8");
    return {};
  }
  Shape shape = n.type(packed).tensor.shape;
  const int64_t row_bytes = shape.back().value();
  if (std::max(row_bytes, last / 8) > kMaxSide || ceil_div(last * bits, 8) > row_bytes) {
    n.invalid("has rows of ", row_bytes, " bytes, which are not ", last, " codes");
    return {};
  }
  const size_t rows = row_bytes == 0 ? 0 : bytes->size() / static_cast<size_t>(row_bytes);
  shape.back() = Dim(last);
  std::vector<std::byte> levels;
  levels.reserve(rows * static_cast<size_t>(last));
  for (size_t row = 0; row < rows; ++row) {
    const std::byte* codes = bytes->data() + row * static_cast<size_t>(row_bytes);
    for (int64_t i = 0; i < last; ++i) {
      levels.push_back(static_cast<std::byte>(code_at(codes, i, bits) - (1 << (bits - 1))));
    }
  }
  return n.constant({DType::i8, shape}, std::move(levels));
}

// Codes, scales and zero points are gathered first, so that the table stays in codes.
void gather_block_quantized(NodeImport& n) {
  ir::ValueId codes = n.input(0), scales = n.input(2), zeros = n.input(3);
  const auto rank = n.rank(codes), scale_rank = n.rank(scales);
  if (!rank || !scale_rank || *rank < 1 || scale_rank != rank) {
    return n.invalid("has scales of other axes than its codes");
  }
  const auto gathered = find_axis(n.attr("gather_axis", int64_t{0}), static_cast<size_t>(*rank));
  const auto coded = find_axis(n.attr("quantize_axis", int64_t{1}), static_cast<size_t>(*rank));
  const int64_t bits = n.attr("bits", int64_t{4}), block = n.attr("block_size", int64_t{128});
  if (!gathered || !coded || gathered == coded) return n.invalid("gathers along no other axis");
  if (!is_block(block)) return n.unsupported("has blocks of ", block, " codes");
  if (n.dtype(codes) == DType::u8) {
    if (!is_bits(bits)) return n.unsupported("has codes of ", bits, " bits; 2, 4 and 8 are run");
    const Shape &shape = n.type(codes).tensor.shape, &by = n.type(scales).tensor.shape;
    if (*coded + 1 != static_cast<size_t>(*rank)) return n.unsupported("has blocks of inner axes");
    if (!is_static(shape) || !is_static(by)) return n.unsupported("has codes of unknown size");
    if (shape.back().value() > kMaxSide) return n.invalid("has rows that are too long");
    if (zeros && n.rank(zeros) != rank) return n.invalid("has zero points of other axes");
    const int64_t last = by.back().value();
    codes = levels_of(n, codes, bits, shape.back().value() * (8 / bits));
    if (zeros) zeros = levels_of(n, zeros, bits, last);
  }
  const TakeAttrs take{static_cast<int64_t>(*gathered)};
  const auto rows_of = [&](ir::ValueId table) {
    return table ? n.add("take", {table, n.input(1)}, take) : table;
  };
  // Behind the gathered axis, places are counted from the back: those of the indices come before.
  const auto axis = static_cast<int64_t>(*coded);
  const DequantizeAttrs attrs{.axis = *coded > *gathered ? axis - *rank : axis, .block = block};
  n.output(0, n.add("dequantize", {rows_of(codes), rows_of(scales), rows_of(zeros)}, attrs));
}

}  // namespace

std::span<const OnnxOp> block_codes_onnx_ops() {
  static constexpr OnnxOp kOps[] = {
      {"com.microsoft", "MatMulNBits", matmul_nbits},
      {"com.microsoft", "GatherBlockQuantized", gather_block_quantized}};
  return kOps;
}

}  // namespace hone::onnx
