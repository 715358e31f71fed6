#include "ops/attention/op.h"

#include <algorithm>
#include <cmath>

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

struct Head {
  const HostTensor &keys, &values;
  int64_t sequence, first, last;  // positions seen
  size_t offset;                  // of the key head in a record
};

// softmax(q k) v of one query head, written to y.
void attend(const AttentionAttrs& attrs, const Head& h, const double* q, size_t head_dim,
            double* y) {
  std::vector<double> weights;
  double peak = -INFINITY, total = 0;
  for (int64_t p = h.first; p <= h.last; ++p) {
    const double* k = h.keys.records.at({h.sequence, p}).data() + h.offset;
    double score = 0;
    for (size_t d = 0; d < head_dim; ++d) score += q[d] * k[d];
    score *= static_cast<double>(attrs.scale);
    const auto cap = static_cast<double>(attrs.softcap);
    if (cap > 0) score = cap * std::tanh(score / cap);
    weights.push_back(score);
    peak = std::max(peak, score);
  }
  for (double& w : weights) total += w = std::exp(w - peak);
  std::fill_n(y, head_dim, 0.0);
  for (int64_t p = h.first; p <= h.last; ++p) {
    const double* v = h.values.records.at({h.sequence, p}).data() + h.offset;
    const double w = weights[static_cast<size_t>(p - h.first)] / total;
    for (size_t d = 0; d < head_dim; ++d) y[d] += w * v[d];
  }
}

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<AttentionAttrs>();
  const HostTensor &q = *args.operands[0], &keys = *args.operands[1], &values = *args.operands[2];
  const int64_t heads = q.shape[1], head_dim = q.shape[2], group = heads / keys.shape[0];
  for (int64_t token = 0; token < q.shape[0]; ++token) {
    const auto last = static_cast<int64_t>(args.operands[3]->data[static_cast<size_t>(token)]);
    const auto sequence = static_cast<int64_t>(args.operands[4]->data[static_cast<size_t>(token)]);
    const int64_t first = attrs.window > 0 ? std::max<int64_t>(0, last - attrs.window + 1) : 0;
    for (int64_t head = 0; head < heads; ++head) {
      const auto at = static_cast<size_t>((token * heads + head) * head_dim);
      const Head h{keys,  values, sequence,
                   first, last,   static_cast<size_t>(head / group * head_dim)};
      attend(attrs, h, q.data.data() + at, static_cast<size_t>(head_dim),
             args.results[0].data.data() + at);
    }
  }
}

OpCase make(std::string name, AttentionAttrs attrs, int64_t tokens, int64_t first, int64_t heads,
            int64_t kv_heads, int64_t head_dim) {
  const CaseOperand cache = state({kv_heads, head_dim}, first + tokens);
  return {std::move(name),
          attrs,
          {floats({tokens, heads, head_dim}), cache, cache, positions(tokens, first),
           sequences(tokens)},
          64};
}

std::vector<OpCase> cases() {
  return {
      make("first", {.scale = 0.25f}, 1, 0, 3, 1, 16),
      make("decode", {.scale = 0.125f}, 1, 77, 9, 3, 64),
      make("decode_splits", {.scale = 0.125f}, 1, 700, 9, 3, 64),
      make("prefill", {.scale = 0.125f}, 70, 0, 4, 2, 32),
      make("prefill_later", {.scale = 0.125f}, 33, 250, 4, 4, 32),
      make("window", {.scale = 0.125f, .window = 20}, 40, 100, 4, 1, 32),
      make("window_decode", {.scale = 0.125f, .window = 300}, 1, 900, 4, 1, 32),
      make("softcap", {.scale = 0.3f, .softcap = 5.0f}, 6, 10, 2, 2, 16),
      make("wide_group", {.scale = 0.125f}, 3, 5, 40, 2, 32),
  };
}

std::vector<BadCase> bad_cases() {
  const CaseOperand q = floats({2, 4, 32}), cache = state({2, 32}, 0), i = positions(2, 0);
  const CaseOperand narrow = state({2, 8}, 0), three = state({3, 32}, 0);
  const AttentionAttrs attrs;
  return {
      {"C1", attrs, {floats({2, 128}), cache, cache, i, i}},
      {"C1", attrs, {typed(DType::f16, {2, 4, 32}), cache, cache, i, i}},
      {"C2", attrs, {q, three, three, i, i}},
      {"C2", attrs, {q, cache, three, i, i}},
      {"C2", attrs, {q, state({0, 32}, 0), state({0, 32}, 0), i, i}},
      {"C2", attrs, {q, state({2, 16}, 0), state({2, 16}, 0), i, i}},
      {"C2", attrs, {q, floats({2, 32}), floats({2, 32}), i, i}},
      {"C3", attrs, {q, cache, cache, positions(3, 0), i}},
      {"C3", attrs, {q, cache, cache, i, floats({2})}},
      {"C4", attrs, {floats({2, 4, 8}), narrow, narrow, i, i}},
  };
}

}  // namespace

const OpSemantics& attention_semantics() {
  static const OpSemantics kSemantics{&attention_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
