#include "ops/cache_write/op.h"
#include "ops/define.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"cache", "rows", "position", "sequence"};
constexpr std::string_view kResults[] = {"cache"};
constexpr int kAliases[] = {0};
constexpr std::string_view kConstraints[] = {
    "C1: cache is an f16 state of [head, head_dim] a position",
    "C2: rows is f32 [token, head, head_dim]",
    "C3: position and sequence are i32 [token]",
};

Expected<std::vector<TensorType>> infer(const CacheWriteAttrs&, OperandTypes operands) {
  const TensorType& cache = *operands[0];
  const TensorType& rows = *operands[1];
  if (!is_plain(cache, DType::f16, 2))
    return fail_constraint("C1", "cache must be f16 with 2 axes");
  if (!is_plain(rows, DType::f32, 3) || rows.shape[1] != cache.shape[0] ||
      rows.shape[2] != cache.shape[1]) {
    return fail_constraint("C2", "rows must be f32 [token, head, head_dim] as the cache");
  }
  for (const size_t i : {2u, 3u}) {
    if (!is_plain(*operands[i], DType::i32, 1) || operands[i]->shape[0] != rows.shape[0]) {
      return fail_constraint("C3", "position and sequence must be i32 [token]");
    }
  }
  return std::vector<TensorType>{cache};
}

Cost cost(const CacheWriteAttrs&, BoundTypes operands, BoundTypes) {
  return {.flops = 0, .bytes = 1.5 * bytes_of(*operands[1])};
}

}  // namespace

const OpDef& cache_write_op() {
  using T = Typed<CacheWriteAttrs, infer, cost>;
  static const OpDef kDef{.name = "cache_write",
                          .summary = "cache[sequence[i], position[i]] = rows[i]",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost,
                          .aliases = kAliases};
  return kDef;
}

}  // namespace hone
