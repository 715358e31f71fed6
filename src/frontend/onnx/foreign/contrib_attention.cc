// com.microsoft's attention operators, as ONNX Runtime's contrib operator documentation has them.
#include "frontend/onnx/foreign/parts.h"
#include "frontend/onnx/node_import.h"
#include "ops/batch_matmul/op.h"
#include "ops/cast/op.h"
#include "ops/concat/op.h"
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
  return binary(n, BinaryKind::add, x, part);
}

// The size of the last axis, or 0 if it is not known.
int64_t last_size(NodeImport& n, ir::ValueId x) {
  const Type& type = n.type(x);
  if (!type.is_tensor() || type.tensor.shape.empty() || type.tensor.shape.back().is_symbol()) {
    return 0;
  }
  return type.tensor.shape.back().value();
}

ir::ValueId with_axis(NodeImport& n, ir::ValueId x, int64_t axis) {
  return n.add("reshape", {x}, ReshapeAttrs{.shape = {axis}, .to = ReshapeAttrs::To::unsqueeze});
}
ir::ValueId size_of(NodeImport& n, ir::ValueId x, int64_t axis) {
  return n.add("shape", {x}, ShapeAttrs{.start = axis, .end = axis + 1});
}
// 0, 1, ... below a count.
ir::ValueId count_up(NodeImport& n, ir::ValueId count) {
  return n.add("range", {n.scalar(DType::i64, 0), count, n.scalar(DType::i64, 1)});
}

// Whether keys are seen [batch, keys], by where each sequence ends [batch], or by where they end
// and then where they begin [2 * batch]. The sizes of batch and ends tell which.
ir::ValueId seen_between(NodeImport& n, ir::ValueId ends, Dim batch, ir::ValueId keys) {
  const Dim size = n.type(ends).tensor.shape[0];
  const ir::ValueId places = count_up(n, keys);
  const auto column = [&](int64_t first, int64_t last) {
    const ir::ValueId part = slice(n, ends, 0, first, last);
    return with_axis(n, n.add("cast", {part}, CastAttrs{"i64"}), 1);
  };
  if (size == batch) return binary(n, BinaryKind::less, places, column(0, INT64_MAX));
  if (size.is_symbol() || batch.is_symbol() || size.value() % 2 != 0 ||
      size.value() / 2 != batch.value()) {
    n.unsupported("has an index mask that is no [batch] or [2 * batch]");
    return {};
  }
  const ir::ValueId before = binary(n, BinaryKind::less, places, column(0, batch.value()));
  const ir::ValueId behind =
      binary(n, BinaryKind::greater_equal, places, column(batch.value(), INT64_MAX));
  return binary(n, BinaryKind::logic_and, before, behind);
}

// What the mask that says which keys are seen adds to scores: an index mask as above,
// [batch, keys] or [batch, sequence, keys]. `x` has the batch and the dtype.
ir::ValueId padding_mask(NodeImport& n, ir::ValueId mask, ir::ValueId x, ir::ValueId keys) {
  const auto rank = n.rank(mask), x_rank = n.rank(x);
  if (!rank || *rank < 1 || *rank > 3 || !x_rank || *x_rank < 1) {
    n.unsupported("has a mask that is no [batch], [batch, keys] or [batch, sequence, keys]");
    return {};
  }
  ir::ValueId seen;
  if (*rank == 1) {
    seen = seen_between(n, mask, n.type(x).tensor.shape[0], keys);
  } else {
    seen = n.add("cast", {mask}, CastAttrs{"i64"});
    seen = binary(n, BinaryKind::greater, seen, n.scalar(DType::i64, 0));
  }
  if (*rank < 3) seen = with_axis(n, seen, 1);
  const DType dtype = n.dtype(x).value_or(DType::f32);
  const auto hidden = static_cast<double>(n.attr("mask_filter_value", -10000.0f));
  const ir::ValueId added = n.add("select", {seen, n.scalar(dtype, 0), n.scalar(dtype, hidden)});
  return with_axis(n, added, 1);
}

// A mask and what is added to scores besides, each of which may be left out.
ir::ValueId both_masks(NodeImport& n, ir::ValueId mask, ir::ValueId added) {
  if (!mask || !added) return mask ? mask : added;
  return binary(n, BinaryKind::add, mask, added);
}

// The number of keys, new ones [batch, sequence, ...] and past ones [batch, heads, past, size].
ir::ValueId all_keys(NodeImport& n, ir::ValueId k, ir::ValueId past_k) {
  const ir::ValueId fresh = size_of(n, k, n.rank(k) == 4 ? 2 : 1);
  return past_k ? binary(n, BinaryKind::add, size_of(n, past_k, 2), fresh) : fresh;
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
  if (n.has_output(3)) return n.unsupported("shows its scores");
  const SdpaAttrs attrs{.q_heads = heads,
                        .kv_heads = heads,
                        .scale = n.attr("scale", 0.0f),
                        .causal = n.attr("unidirectional", int64_t{0}) != 0};
  ir::ValueId mask;
  if (padding) mask = padding_mask(n, padding, q, all_keys(n, k, n.input(6)));
  outputs(n, {q, k, v, both_masks(n, mask, added), n.input(6), n.input(7), {}}, attrs);
}

// Entry i of the first axis, without that axis.
ir::ValueId entry(NodeImport& n, ir::ValueId x, int64_t i) {
  return n.add("reshape", {slice(n, x, 0, i, i + 1)},
               ReshapeAttrs{.shape = {0}, .to = ReshapeAttrs::To::squeeze});
}

// Queries, keys and values from one product; keys and values of past and present in one tensor.
void attention(NodeImport& n) {
  const int64_t heads = n.attr("num_heads", int64_t{0});
  const ir::ValueId x = n.input(0), weights = n.input(1), past = n.input(4);
  if (n.attr("do_rotary", int64_t{0}) != 0) return n.unsupported("turns queries and keys");
  if (n.has_input(6)) return n.unsupported("shares a buffer of past and present");
  const int64_t all = last_size(n, weights);
  std::vector<int64_t> sizes = n.ints("qkv_hidden_sizes");
  if (sizes.empty()) sizes.assign(3, all / 3);
  if (all == 0) return n.unsupported("has weights of a size that is known only when run");
  if (sizes.size() != 3 || sizes[0] < 1 || sizes[1] < 1 || sizes[0] >= all ||
      sizes[1] >= all - sizes[0] || sizes[2] != all - sizes[0] - sizes[1]) {
    return n.invalid("has weights for ", all, " elements, which qkv_hidden_sizes do not fit");
  }
  ir::ValueId y = n.add("batch_matmul", {x, weights, {}}, BatchMatmulAttrs{});
  if (n.has_input(2)) y = binary(n, BinaryKind::add, y, n.input(2));
  const int64_t keys_at = sizes[0], values_at = sizes[0] + sizes[1];
  const ir::ValueId q = slice(n, y, 2, 0, keys_at), k = slice(n, y, 2, keys_at, values_at),
                    v = slice(n, y, 2, values_at, all);
  ir::ValueId past_k, past_v, mask;
  if (past) past_k = entry(n, past, 0), past_v = entry(n, past, 1);
  if (n.has_input(3)) mask = padding_mask(n, n.input(3), x, all_keys(n, k, past_k));
  const SdpaAttrs attrs{.q_heads = heads,
                        .kv_heads = heads,
                        .scale = n.attr("scale", 0.0f),
                        .causal = n.attr("unidirectional", int64_t{0}) != 0,
                        .present = n.has_output(1)};
  const auto made =
      n.add_all("sdpa", {q, k, v, both_masks(n, mask, n.input(5)), past_k, past_v, {}}, attrs);
  if (!n.ok()) return;
  n.output(0, made[0]);
  if (!n.has_output(1)) return;
  n.output(1,
           n.add("concat", {with_axis(n, made[1], 0), with_axis(n, made[2], 0)}, ConcatAttrs{0}));
}

// The positions [batch, sequence] of new tokens, which end where their sequences do. Sequences of a
// prompt may be shorter than the longest: they begin at 0 all the same.
ir::ValueId new_positions(NodeImport& n, ir::ValueId x, ir::ValueId lengths) {
  const ir::ValueId count = size_of(n, x, 1);
  const ir::ValueId before = binary(n, BinaryKind::sub, lengths, count);
  const ir::ValueId first = binary(n, BinaryKind::max, before, n.scalar(DType::i64, 0));
  return binary(n, BinaryKind::add, with_axis(n, first, 1), count_up(n, count));
}

// seqlens_k is the length of each sequence, new tokens included, less 1.
ir::ValueId whole_lengths(NodeImport& n, ir::ValueId seqlens) {
  const ir::ValueId flat = n.add("reshape", {seqlens}, ReshapeAttrs{.shape = {-1}});
  const ir::ValueId wide = n.add("cast", {flat}, CastAttrs{"i64"});
  return binary(n, BinaryKind::add, wide, n.scalar(DType::i64, 1));
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
      {"com.microsoft", "Attention", attention},
      {"com.microsoft", "MultiHeadAttention", multi_head_attention},
      {"com.microsoft", "GroupQueryAttention", group_query_attention}};
  return kOps;
}

}  // namespace hone::onnx
