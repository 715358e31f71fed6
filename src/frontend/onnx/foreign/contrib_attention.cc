// com.microsoft's attention operators, as ONNX Runtime's contrib operator documentation has them.
#include "frontend/onnx/node_import.h"
#include "ops/binary/op.h"
#include "ops/cast/op.h"
#include "ops/reshape/op.h"
#include "ops/rotary/op.h"
#include "ops/sdpa/op.h"
#include "ops/shape/op.h"
#include "ops/slice/op.h"

namespace hone::onnx {
namespace {

void outputs(NodeImport& n, std::vector<ir::ValueId> operands, SdpaAttrs attrs) {
  attrs.present = n.has_output(1) || n.has_output(2);
  const auto results = n.add_all("sdpa", std::move(operands), attrs);
  for (size_t i = 0; i < results.size(); ++i) n.output(i, results[i]);
}

// Entries [first, last) of an axis.
ir::ValueId slice(NodeImport& n, ir::ValueId x, int64_t axis, int64_t first, int64_t last) {
  const SliceAttrs attrs{{first}, {last}, {axis}, {}};
  return n.add("slice", {x, {}, {}, {}, {}}, attrs);
}

// Adds the part of the bias [3 * hidden] that belongs to x.
ir::ValueId biased(NodeImport& n, ir::ValueId x, ir::ValueId bias, int64_t first, int64_t size) {
  if (!bias) return x;
  const ir::ValueId part = slice(n, bias, 0, first, first + size);
  return n.add("binary", {x, part}, BinaryAttrs{BinaryKind::add});
}

// The size of the last axis, or 0 if it is not known.
int64_t last_size(NodeImport& n, ir::ValueId x) {
  const Type& type = n.type(x);
  if (!type.is_tensor() || type.tensor.shape.empty() || type.tensor.shape.back().is_symbol()) {
    return 0;
  }
  return type.tensor.shape.back().value();
}

// A mask [batch, keys] of ones and zeros.
ir::ValueId padding_mask(NodeImport& n, ir::ValueId mask) {
  const ir::ValueId truth = n.add("cast", {mask}, CastAttrs{"boolean"});
  return n.add("reshape", {truth},
               ReshapeAttrs{.shape = {1, 2}, .to = ReshapeAttrs::To::unsqueeze});
}

void multi_head_attention(NodeImport& n) {
  const int64_t heads = n.attr("num_heads", int64_t{0});
  ir::ValueId q = n.input(0), k = n.input(1), v = n.input(2);
  const ir::ValueId bias = n.input(3), padding = n.input(4), added = n.input(5);
  if (!k || !v) return n.unsupported("has query, key and value in one tensor");
  if (n.has_input(8) || n.has_input(9)) return n.unsupported("has a cache with beams");
  if (bias) {
    const int64_t hidden = last_size(n, q), v_hidden = last_size(n, v);
    if (hidden == 0 || v_hidden == 0 || n.rank(k) != 3) {
      return n.unsupported("has a bias for sizes that are known only when run");
    }
    q = biased(n, q, bias, 0, hidden);
    k = biased(n, k, bias, hidden, hidden);
    v = biased(n, v, bias, 2 * hidden, v_hidden);
  }
  if (padding && (added || n.rank(padding) != 2)) {
    return n.unsupported("has a padding mask that is no [batch, keys] by itself");
  }
  const SdpaAttrs attrs{.q_heads = heads,
                        .kv_heads = heads,
                        .scale = n.attr("scale", 0.0f),
                        .causal = n.attr("unidirectional", int64_t{0}) != 0};
  const ir::ValueId mask = padding ? padding_mask(n, padding) : added;
  outputs(n, {q, k, v, mask, n.input(6), n.input(7), {}}, attrs);
}

// The positions [batch, sequence] of new tokens, which end where their sequences do. Sequences of a
// prompt may be shorter than the longest: they begin at 0 all the same.
ir::ValueId new_positions(NodeImport& n, ir::ValueId x, ir::ValueId lengths) {
  const ir::ValueId zero = n.scalar(DType::i64, 0);
  const ir::ValueId count = n.add("shape", {x}, ShapeAttrs{.start = 1, .end = 2});
  const ir::ValueId before = n.add("binary", {lengths, count}, BinaryAttrs{BinaryKind::sub});
  const ir::ValueId first = n.add("binary", {before, zero}, BinaryAttrs{BinaryKind::max});
  const ir::ValueId steps = n.add("range", {zero, count, n.scalar(DType::i64, 1)});
  const ir::ValueId column =
      n.add("reshape", {first}, ReshapeAttrs{.shape = {1}, .to = ReshapeAttrs::To::unsqueeze});
  return n.add("binary", {column, steps}, BinaryAttrs{BinaryKind::add});
}

// seqlens_k is the length of each sequence, new tokens included, less 1.
ir::ValueId whole_lengths(NodeImport& n, ir::ValueId seqlens) {
  const ir::ValueId flat = n.add("reshape", {seqlens}, ReshapeAttrs{.shape = {-1}});
  const ir::ValueId wide = n.add("cast", {flat}, CastAttrs{"i64"});
  return n.add("binary", {wide, n.scalar(DType::i64, 1)}, BinaryAttrs{BinaryKind::add});
}

void group_query_attention(NodeImport& n) {
  const int64_t heads = n.attr("num_heads", int64_t{0});
  const int64_t kv_heads = n.attr("kv_num_heads", int64_t{0});
  ir::ValueId q = n.input(0), k = n.input(1), v = n.input(2);
  const ir::ValueId past_k = n.input(3), past_v = n.input(4);
  if (!n.has_input(5)) return n.invalid("has no seqlens_k");
  for (size_t i = 9; i < n.inputs(); ++i) {
    if (i != 10 && n.has_input(i)) return n.unsupported("has positions or sinks of its own");
  }
  if (!k) {
    const int64_t all = last_size(n, q), parts = heads + 2 * kv_heads;
    if (all == 0 || parts < 1) return n.unsupported("has a packed tensor of unknown size");
    const int64_t size = all / parts;
    k = slice(n, q, 2, heads * size, (heads + kv_heads) * size);
    v = slice(n, q, 2, (heads + kv_heads) * size, all);
    q = slice(n, q, 2, 0, heads * size);
  }
  const ir::ValueId lengths = whole_lengths(n, n.input(5));
  if (n.attr("do_rotary", int64_t{0}) != 0) {
    RotaryAttrs attrs{.interleaved = n.attr("rotary_interleaved", int64_t{0}) != 0};
    const int64_t half = last_size(n, n.input(7));
    if (half == 0) return n.unsupported("has angles of unknown size");
    attrs.turned = 2 * half;
    const ir::ValueId positions = new_positions(n, q, lengths);
    attrs.heads = heads;
    q = n.add("rotary", {q, n.input(7), n.input(8), positions}, attrs);
    attrs.heads = kv_heads;
    k = n.add("rotary", {k, n.input(7), n.input(8), positions}, attrs);
  }
  const int64_t window = n.attr("local_window_size", int64_t{-1});
  const SdpaAttrs attrs{.q_heads = heads,
                        .kv_heads = kv_heads,
                        .scale = n.attr("scale", 0.0f),
                        .softcap = n.attr("softcap", 0.0f),
                        .causal = true,
                        .left = window > 0 ? window - 1 : -1,
                        .ragged = true};
  outputs(n, {q, k, v, n.input(10), past_k, past_v, lengths}, attrs);
}

}  // namespace

std::span<const OnnxOp> contrib_attention_onnx_ops() {
  static constexpr OnnxOp kOps[] = {
      {"com.microsoft", "MultiHeadAttention", multi_head_attention},
      {"com.microsoft", "GroupQueryAttention", group_query_attention}};
  return kOps;
}

}  // namespace hone::onnx
