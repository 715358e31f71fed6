#include "ops/sdpa/op.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;
using Show = SdpaAttrs::Show;

// An operand of 4 axes, or of 3 with its heads side by side.
struct Block {
  const HostTensor& x;
  int64_t heads, sequence, size;
  Block(const HostTensor& tensor, int64_t given_heads) : x(tensor) {
    const bool four = x.shape.size() == 4;
    heads = four ? x.shape[1] : given_heads;
    sequence = four ? x.shape[2] : x.shape[1];
    size = four ? x.shape[3] : x.shape[2] / given_heads;
  }
  size_t index(int64_t b, int64_t h, int64_t n, int64_t i) const {
    if (x.shape.size() == 4) {
      return static_cast<size_t>(((b * heads + h) * sequence + n) * size + i);
    }
    return static_cast<size_t>(((b * sequence + n) * heads + h) * size + i);
  }
};

// What is added to a score; nothing where the key is not looked at.
std::optional<double> mask_at(const SdpaAttrs& attrs, const HostTensor* mask, int64_t b, int64_t h,
                              int64_t i, int64_t j) {
  if (mask == nullptr) return 0;
  if (attrs.whole_mask && mask->back() == 1) j = 0;
  if (j >= mask->back()) return {};
  const int64_t place[] = {b, h, i, j};
  int64_t at = 0;
  const size_t rank = mask->shape.size();
  for (size_t a = 0; a < rank; ++a) {
    const int64_t size = mask->shape[a];
    at = at * size + (size == 1 ? 0 : place[4 - rank + a]);
  }
  const double value = mask->data[static_cast<size_t>(at)];
  if (mask->dtype != DType::boolean) return value;
  return value != 0 ? std::optional<double>(0) : std::nullopt;
}

struct Head {
  const ReferenceArgs& args;
  const SdpaAttrs& attrs;
  Block q, k, v;
  int64_t past, keys;

  // How many keys of the past stand before a batch's new ones.
  int64_t border(int64_t b) const {
    if (!attrs.ragged) return past;
    const auto length = static_cast<int64_t>(args.operands[6]->data[static_cast<size_t>(b)]);
    return std::clamp(length - k.sequence, int64_t{0}, past);
  }

  // Key or value j, which may stand in the past; 0 behind all.
  double at(const Block& block, size_t past_operand, int64_t b, int64_t h, int64_t j,
            int64_t i) const {
    const int64_t first = border(b);  // of the new ones
    if (j >= first + k.sequence) return 0;
    if (j >= first) return block.x.data[block.index(b, h, j - first, i)];
    const Block before(*args.operands[past_operand], block.heads);
    return before.x.data[before.index(b, h, j, i)];
  }

  void query(int64_t b, int64_t h, int64_t n) {
    const int64_t kv = h / (q.heads / k.heads);
    const double scale =
        attrs.scale != 0 ? static_cast<double>(attrs.scale) : 1 / std::sqrt(double(q.size));
    const HostTensor* lengths = args.operands[6];
    int64_t offset = border(b), seen = offset + k.sequence;
    if (lengths != nullptr && !attrs.ragged) {
      const auto length = static_cast<int64_t>(lengths->data[static_cast<size_t>(b)]);
      seen = std::clamp(length, int64_t{0}, keys);
      if (args.operands[4] == nullptr) offset = seen - q.sequence;
    }
    const KeyRange range = keys_of(attrs, n, offset, seen);
    std::vector<double> scores(static_cast<size_t>(keys));
    double peak = -std::numeric_limits<double>::infinity(), total = 0;
    for (int64_t j = 0; j < keys; ++j) {
      double score = 0;
      for (int64_t i = 0; i < q.size; ++i) {
        score += q.x.data[q.index(b, h, n, i)] * at(k, 4, b, kv, j, i);
      }
      score *= scale;
      show(Show::product, b, h, n, j, score);
      if (attrs.softcap > 0) {
        score = static_cast<double>(attrs.softcap) *
                std::tanh(score / static_cast<double>(attrs.softcap));
      }
      show(Show::capped, b, h, n, j, score);
      const bool inside = j >= range.first && j < range.last;
      const auto mask = mask_at(attrs, args.operands[3], b, h, n, j);
      score = inside && mask ? score + *mask : -std::numeric_limits<double>::infinity();
      show(Show::masked, b, h, n, j, score);
      scores[static_cast<size_t>(j)] = score;
      if (std::isnan(score) || score > peak) peak = std::isnan(peak) ? peak : score;
    }
    const bool nothing = peak == -std::numeric_limits<double>::infinity();
    for (double& score : scores) {
      const bool off = score == -std::numeric_limits<double>::infinity();
      score = nothing || off ? 0 : std::exp(score - peak);
      total += score;
    }
    for (int64_t j = 0; j < keys; ++j) {
      double& weight = scores[static_cast<size_t>(j)];
      if (!nothing) weight /= total;
      show(Show::softmax, b, h, n, j, weight);
    }
    for (int64_t i = 0; i < v.size; ++i) {
      double sum = 0;
      for (int64_t j = range.first; j < range.last && !nothing; ++j) {
        sum += scores[static_cast<size_t>(j)] * at(v, 5, b, kv, j, i);
      }
      const bool four = q.x.shape.size() == 4;
      const int64_t row =
          four ? (b * q.heads + h) * q.sequence + n : (b * q.sequence + n) * q.heads + h;
      args.results[0].data[static_cast<size_t>(row * v.size + i)] = sum;
    }
  }

  void show(Show what, int64_t b, int64_t h, int64_t n, int64_t j, double value) {
    if (attrs.show != what) return;
    const int64_t row = (b * q.heads + h) * q.sequence + n;
    args.results[3].data[static_cast<size_t>(row * keys + j)] = value;
  }

  void present(const Block& block, size_t past_operand, HostTensor& target, int64_t b) const {
    for (int64_t h = 0; h < block.heads; ++h) {
      for (int64_t j = 0; j < keys; ++j) {
        for (int64_t i = 0; i < block.size; ++i) {
          target.data[static_cast<size_t>(((b * block.heads + h) * keys + j) * block.size + i)] =
              at(block, past_operand, b, h, j, i);
        }
      }
    }
  }
};

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<SdpaAttrs>();
  const HostTensor& q = *args.operands[0];
  Head head{args,
            attrs,
            Block(q, attrs.q_heads),
            Block(*args.operands[1], attrs.kv_heads),
            Block(*args.operands[2], attrs.kv_heads),
            args.operands[4] == nullptr ? 0 : args.operands[4]->shape[2],
            0};
  head.keys = head.past + head.k.sequence;
  for (int64_t b = 0; b < q.shape[0]; ++b) {
    if (attrs.present) head.present(head.k, 4, args.results[1], b);
    if (attrs.present) head.present(head.v, 5, args.results[2], b);
    for (int64_t h = 0; h < head.q.heads; ++h) {
      for (int64_t n = 0; n < head.q.sequence; ++n) head.query(b, h, n);
    }
  }
}

std::vector<OpCase> cases() {
  const auto q = floats({2, 4, 5, 24}), k = floats({2, 2, 7, 24}), v = floats({2, 2, 7, 33});
  const auto past_k = floats({2, 2, 6, 24}), past_v = floats({2, 2, 6, 33});
  const CaseOperand truth{
      .dtype = DType::boolean, .shape = {5, 7}, .fill = Fill::index, .limit = 2};
  const CaseOperand truth_of_32{
      .dtype = DType::boolean, .shape = {6, 32}, .fill = Fill::index, .limit = 2};
  const CaseOperand lengths{.dtype = DType::i64, .shape = {2}, .fill = Fill::index, .limit = 8};
  const CaseOperand ragged{.dtype = DType::i64, .shape = {2}, .fill = Fill::index, .limit = 14};
  std::vector<OpCase> all{
      {"plain", SdpaAttrs{}, {q, k, v}},
      {"causal", SdpaAttrs{.causal = true}, {q, k, v}},
      {"past", SdpaAttrs{.causal = true, .present = true}, {q, k, v, absent(), past_k, past_v}},
      {"mask", SdpaAttrs{.scale = 0.3f}, {q, k, v, floats({5, 7})}},
      {"mask_by_head", SdpaAttrs{}, {q, k, v, floats({1, 4, 1, 7})}},
      {"short_mask", SdpaAttrs{}, {q, k, v, floats({2, 1, 5, 4})}},
      {"whole_mask", SdpaAttrs{.whole_mask = true}, {q, k, v, floats({2, 1, 5, 7})}},
      {"mask_of_all_keys", SdpaAttrs{.whole_mask = true}, {q, k, v, floats({2, 1, 5, 1})}},
      {"truth", SdpaAttrs{.show = Show::softmax}, {q, k, v, truth}},
      {"lengths", SdpaAttrs{.causal = true}, {q, k, v, absent(), absent(), absent(), lengths}},
      {"ragged",
       SdpaAttrs{.causal = true, .ragged = true, .present = true},
       {q, k, v, absent(), past_k, past_v, ragged}},
      {"ragged_without_past",
       SdpaAttrs{.causal = true, .left = 2, .ragged = true, .present = true},
       {q, k, v, floats({5, 7}), absent(), absent(), ragged}},
      {"window", SdpaAttrs{.causal = true, .left = 2}, {q, k, v, absent(), past_k, past_v}},
      {"window_right", SdpaAttrs{.left = 3, .right = 1}, {q, k, v}},
      {"three_axes",
       SdpaAttrs{.q_heads = 4, .kv_heads = 2, .present = true},
       {floats({2, 5, 96}), floats({2, 70, 48}), floats({2, 70, 66})}},
      {"many_queries",
       SdpaAttrs{.softcap = 3},
       {floats({2, 2, 67, 20}), floats({2, 1, 37, 20}), floats({2, 1, 37, 35}), floats({67, 37})}},
      {"three_axes_of_new",
       SdpaAttrs{.q_heads = 4, .kv_heads = 2},
       {floats({2, 6, 96}), floats({2, 32, 48}), floats({2, 32, 64}), truth_of_32}},
      {"softcap_product",
       SdpaAttrs{.softcap = 2, .show = Show::product},
       {q, k, v, floats({5, 7})}},
      {"softcap_capped", SdpaAttrs{.softcap = 2, .show = Show::capped}, {q, k, v, floats({5, 7})}},
      {"softcap_masked", SdpaAttrs{.softcap = 2, .show = Show::masked}, {q, k, v, floats({5, 7})}},
      {"one", SdpaAttrs{}, {floats({1, 1, 1, 1}), floats({1, 1, 1, 1}), floats({1, 1, 1, 1})}}};
  for (OpCase& c : all) c.tolerance_ulps = 256;
  return all;
}

std::vector<BadCase> bad_cases() {
  const auto q = floats({2, 4, 5, 24}), k = floats({2, 2, 7, 24}), v = floats({2, 2, 7, 33});
  const auto past = floats({2, 2, 6, 24});
  return {{"C1", SdpaAttrs{}, {typed(DType::f64, {2, 4, 5, 24}), k, v}},
          {"C1", SdpaAttrs{}, {q, k, v, typed(DType::i32, {5, 7})}},
          {"C1", SdpaAttrs{}, {q, k, v, absent(), absent(), absent(), floats({2})}},
          {"C2", SdpaAttrs{}, {floats({2, 5, 96}), k, v}},
          {"C2", SdpaAttrs{.q_heads = 5}, {floats({2, 5, 96}), k, v}},
          {"C3", SdpaAttrs{}, {q, floats({2, 3, 7, 24}), floats({2, 3, 7, 33})}},
          {"C3", SdpaAttrs{}, {q, k, floats({2, 2, 8, 33})}},
          {"C4", SdpaAttrs{}, {q, k, v, floats({5, 8})}},
          {"C4", SdpaAttrs{}, {q, k, v, floats({4, 7})}},
          {"C4", SdpaAttrs{.whole_mask = true}, {q, k, v, floats({5, 4})}},
          {"C5", SdpaAttrs{}, {q, k, v, absent(), past}},
          {"C5", SdpaAttrs{}, {q, k, v, absent(), past, past}},
          {"C6", SdpaAttrs{.ragged = true}, {q, k, v}},
          {"C6",
           SdpaAttrs{.show = Show::masked, .ragged = true},
           {q, k, v, absent(), absent(), absent(), typed(DType::i64, {2})}}};
}

}  // namespace

const OpSemantics& sdpa_semantics() {
  static const OpSemantics kSemantics{&sdpa_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
