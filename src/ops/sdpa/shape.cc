#include "ops/define.h"
#include "ops/scale_grid.h"
#include "ops/sdpa/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

using Show = SdpaAttrs::Show;

constexpr std::string_view kOperands[] = {"q",         "k",           "v",       "mask?",
                                          "past_key?", "past_value?", "lengths?"};
constexpr std::string_view kResults[] = {"y", "present_key", "present_value", "qk"};
constexpr std::string_view kConstraints[] = {
    "C1: q, k, v, past_key and past_value are f32, f16 or bf16, all the same; mask is that or "
    "boolean; lengths is i64",
    "C2: q, k and v have 4 axes, or 3 with q_heads and kv_heads that divide the last",
    "C3: q [batch, heads, n, size], k [batch, kv_heads, m, size], v [batch, kv_heads, m, v_size]; "
    "kv_heads divides heads",
    "C4: mask has 1 to 4 axes, broadcasts to [batch, heads, n, keys] in all but the last, which "
    "may be shorter, or must not with `whole_mask`",
    "C5: past_key and past_value stand together: [batch, kv_heads, past, size or v_size]; lengths "
    "is [batch]",
    "C6: with `ragged` there are lengths, and no qk",
};

// An operand as [batch, heads, sequence, size].
struct Block {
  Dim batch, heads, sequence, size;
};

Expected<Block> block_of(const TensorType& x, int64_t heads) {
  const Shape& s = x.shape;
  if (s.size() == 4) return Block{s[0], s[1], s[2], s[3]};
  if (s.size() != 3 || heads < 1 || (!s[2].is_symbol() && s[2].value() % heads != 0)) {
    return fail_constraint("C2", to_text(s, {}), " does not fit ", heads, " heads");
  }
  return Block{s[0], Dim(heads), s[1], map_dim(s[2], [&](int64_t n) { return n / heads; })};
}

Status check_dtypes(OperandTypes operands) {
  const DType dtype = operands[0]->dtype;
  for (const size_t i : {0u, 1u, 2u, 4u, 5u}) {
    if (operands[i] == nullptr) continue;
    if (operands[i]->dtype != dtype || !is_scale_dtype(dtype)) {
      return fail_constraint("C1", "'", kOperands[i], "' is ", name_of(operands[i]->dtype));
    }
  }
  if (operands[3] != nullptr && operands[3]->dtype != dtype &&
      operands[3]->dtype != DType::boolean) {
    return fail_constraint("C1", "the mask is ", name_of(operands[3]->dtype));
  }
  if (operands[6] != nullptr && operands[6]->dtype != DType::i64) {
    return fail_constraint("C1", "lengths are ", name_of(operands[6]->dtype));
  }
  return {};
}

bool fits(const TensorType& type, const Shape& shape) {
  bool same = type.shape.size() == shape.size();
  for (size_t i = 0; same && i < shape.size(); ++i) same = may_equal(type.shape[i], shape[i]);
  return same;
}

Status check_mask(const Shape& mask, const Block& q, Dim keys, bool is_whole) {
  const Shape whole{q.batch, q.heads, q.sequence, keys};
  bool good = !mask.empty() && mask.size() <= 4;
  for (size_t i = 0; good && i < mask.size(); ++i) {
    const Dim own = mask[mask.size() - 1 - i], wanted = whole[3 - i];
    const bool may_be_shorter = i == 0 && !is_whole;
    good = may_equal(own, wanted) || (own == Dim(1) && !may_be_shorter) ||
           (may_be_shorter && !own.is_symbol() && !wanted.is_symbol() &&
            own.value() <= wanted.value());
  }
  if (good) return {};
  return fail_constraint("C4", "the mask ", to_text(mask, {}), " does not fit ",
                         to_text(whole, {}));
}

Expected<std::vector<TensorType>> infer(const SdpaAttrs& attrs, OperandTypes operands) {
  HONE_RETURN_IF_ERROR(check_dtypes(operands));
  HONE_TRY(const Block q, block_of(*operands[0], attrs.q_heads));
  HONE_TRY(const Block k, block_of(*operands[1], attrs.kv_heads));
  HONE_TRY(const Block v, block_of(*operands[2], attrs.kv_heads));
  const bool divides = q.heads.is_symbol() || k.heads.is_symbol() ||
                       (k.heads.value() > 0 && q.heads.value() % k.heads.value() == 0);
  if (!may_equal(q.batch, k.batch) || !may_equal(q.batch, v.batch) || !may_equal(q.size, k.size) ||
      !may_equal(k.heads, v.heads) || !may_equal(k.sequence, v.sequence) || !divides) {
    return fail_constraint("C3", "q ", to_text(operands[0]->shape, {}), ", k ",
                           to_text(operands[1]->shape, {}), " and v ",
                           to_text(operands[2]->shape, {}), " do not fit");
  }
  Dim past(0);
  if ((operands[4] == nullptr) != (operands[5] == nullptr)) {
    return fail_constraint("C5", "past_key or past_value is missing");
  }
  if (operands[4] != nullptr) {
    if (operands[4]->shape.size() == 4) past = operands[4]->shape[2];
    if (!fits(*operands[4], {q.batch, k.heads, past, k.size}) ||
        !fits(*operands[5], {q.batch, v.heads, past, v.size})) {
      return fail_constraint("C5", "past_key or past_value does not fit");
    }
  }
  if (operands[6] != nullptr && !fits(*operands[6], {q.batch})) {
    return fail_constraint("C5", "lengths do not fit the batch");
  }
  if (attrs.ragged && (operands[6] == nullptr || attrs.show != Show::nothing)) {
    return fail_constraint("C6", "lengths are missing, or qk is shown");
  }
  const bool open = past.is_symbol() || k.sequence.is_symbol();
  int64_t both = 0;
  if (!open && __builtin_add_overflow(past.value(), k.sequence.value(), &both)) {
    return fail_constraint("C5", "the past is too long");
  }
  const Dim keys = past == Dim(0) ? k.sequence : open ? Dim::unknown() : Dim(both);
  if (operands[3] != nullptr)
    HONE_RETURN_IF_ERROR(check_mask(operands[3]->shape, q, keys, attrs.whole_mask));
  const DType dtype = operands[0]->dtype;
  const Dim none(0);
  Shape y{q.batch, q.heads, q.sequence, v.size};
  if (operands[0]->shape.size() == 3) {
    y = {q.batch, q.sequence,
         map_dim(v.size, [&](int64_t n) { return n > INT32_MAX ? INT64_MAX : n * attrs.q_heads; })};
  }
  const Dim kept = attrs.present ? keys : none;
  return std::vector<TensorType>{
      {dtype, y},
      {dtype, {q.batch, k.heads, kept, k.size}},
      {dtype, {q.batch, v.heads, kept, v.size}},
      {dtype, {q.batch, q.heads, q.sequence, attrs.show == Show::nothing ? none : keys}}};
}

Cost cost(const SdpaAttrs&, BoundTypes operands, BoundTypes results) {
  const Dims& k = operands[1]->dims;
  const auto keys = static_cast<double>(k.rank() == 4 ? k[2] : k[1]);
  return elementwise_cost(4 * keys, operands, results);
}

}  // namespace

const OpDef& sdpa_op() {
  using T = Typed<SdpaAttrs, infer, cost>;
  static const OpDef kDef{
      .name = "sdpa",
      .summary = "softmax(q k^T * scale + mask) v, head by head (ONNX Attention)",
      .operands = kOperands,
      .results = kResults,
      .constraints = kConstraints,
      .default_attrs = T::default_attrs,
      .infer = T::infer,
      .cost = T::cost};
  return kDef;
}

}  // namespace hone
