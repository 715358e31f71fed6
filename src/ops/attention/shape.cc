#include <algorithm>

#include "ops/attention/op.h"
#include "ops/define.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"q", "keys", "values", "position", "sequence"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: q is f32 [token, head, head_dim]",
    "C2: keys and values are f16 states [kv_head, head_dim]; head is a multiple of kv_head",
    "C3: position and sequence are i32 [token]",
    "C4: head_dim is a multiple of 16",
};

bool matches_cache(const TensorType& q, const TensorType& cache) {
  return is_plain(cache, DType::f16, 2) && cache.shape[1] == q.shape[2] &&
         !cache.shape[0].is_symbol() && cache.shape[0].value() > 0 && !q.shape[1].is_symbol() &&
         q.shape[1].value() % cache.shape[0].value() == 0;
}

Expected<std::vector<TensorType>> infer(const AttentionAttrs&, OperandTypes operands) {
  const TensorType& q = *operands[0];
  if (!is_plain(q, DType::f32, 3)) return fail_constraint("C1", "q must be f32 with 3 axes");
  if (!matches_cache(q, *operands[1]) || *operands[1] != *operands[2]) {
    return fail_constraint("C2", "keys and values must be f16 [kv_head, head_dim] that fit q");
  }
  for (const size_t i : {3u, 4u}) {
    if (!is_plain(*operands[i], DType::i32, 1) || operands[i]->shape[0] != q.shape[0]) {
      return fail_constraint("C3", "position and sequence must be i32 [token]");
    }
  }
  if (q.shape[2].is_symbol() || q.shape[2].value() % 16 != 0) {
    return fail_constraint("C4", "head_dim must be a multiple of 16");
  }
  return std::vector<TensorType>{q};
}

Cost cost(const AttentionAttrs& attrs, BoundTypes operands, BoundTypes results) {
  // The last row sees all positions that any row sees (or its window), the others one less each.
  const auto rows = static_cast<double>(results[0]->dims[0]);
  const auto seen = static_cast<double>(operands[1]->dims[0]);
  const auto window = static_cast<double>(attrs.window > 0 ? attrs.window : INT64_MAX);
  const double each = std::min(window, std::max(1.0, seen - (rows - 1) / 2));
  Cost cost = elementwise_cost(4 * each, operands, results);
  for (const int i : {1, 2}) {
    cost.bytes -= bytes_of(*operands[i]) * std::max(0.0, 1 - (window + rows - 1) / seen);
  }
  return cost;
}

}  // namespace

const OpDef& attention_op() {
  using T = Typed<AttentionAttrs, infer, cost>;
  static const OpDef kDef{.name = "attention",
                          .summary = "causal softmax attention over the cached positions",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost};
  return kDef;
}

}  // namespace hone
