// quantized_binary for one instruction set.
#include "ops/quantized_binary/cpu.h"

namespace hone::HONE_ISA {
namespace {

template <bool is_signed>
inline F load_code(const uint8_t* p) {
  if constexpr (is_signed) return load_s8(reinterpret_cast<const int8_t*>(p));
  return load_u8(p);
}

template <bool is_signed>
inline float code_value(uint8_t byte) {
  if constexpr (is_signed) return static_cast<float>(static_cast<int8_t>(byte));
  return static_cast<float>(byte);
}

// 16 elements of one operand, less their zero.
template <bool is_signed>
struct Side {
  const uint8_t* p;
  bool one;
  F zero, same;
  Side(const uint8_t* codes, bool is_one, float zero_point)
      : p(codes),
        one(is_one),
        zero(set(zero_point)),
        same(sub(set(code_value<is_signed>(is_one ? codes[0] : uint8_t{0})), zero)) {}
  F at(int64_t i) const { return one ? same : sub(load_code<is_signed>(p + i), zero); }
};

// How 16 elements of both operands become codes.
template <int kind>
struct FloatRule {
  F a_scale, b_scale, low, high;
  I zero;
  explicit FloatRule(const CodeBinary& c)
      : a_scale(set(c.a_scale)),
        b_scale(set(c.b_scale)),
        low(set(static_cast<float>(c.low - c.zero))),
        high(set(static_cast<float>(c.high - c.zero))),
        zero(splat(c.zero)) {}
  F units(F a, F b) const {
    if constexpr (kind == 2) return mul(mul(a, b), a_scale);
    const F left = mul(a, a_scale), right = mul(b, b_scale);
    return kind == 0 ? add(left, right) : sub(left, right);
  }
  void store(F a, F b, uint8_t* y) const { store_codes(y, min(max(units(a, b), low), high), zero); }
};

inline Fixed spread_fixed(const int32_t* numbers) {
  int32_t all[3][16];
  for (int k = 0; k < 3; ++k) {
    for (int i = 0; i < 16; ++i) all[k][i] = numbers[k];
  }
  return load_fixed(all[0], all[1], all[2]);
}

template <int kind>
struct FixedRule {
  Fixed a_scale, b_scale, y_scale;
  bool a_half, b_half;
  I low, high, zero;
  explicit FixedRule(const CodeBinary& c)
      : a_scale(spread_fixed(c.fixed)),
        b_scale(spread_fixed(c.fixed + 3)),
        y_scale(spread_fixed(c.fixed + 6)),
        a_half(is_half(c.fixed)),
        b_half(is_half(c.fixed + 3)),
        low(splat(c.low)),
        high(splat(c.high)),
        zero(splat(c.zero)) {}
  // The operand of the larger scale is halved, which needs no product.
  static bool is_half(const int32_t* numbers) {
    return numbers[0] == 1 << 30 && numbers[1] == 0 && numbers[2] == 0;
  }
  static I scaled(F codes, bool half, const Fixed& scale) {
    if (half) return to_int(mul(codes, set(524288.0f)));
    return fixed_product(to_int(mul(codes, set(1048576.0f))), scale);
  }
  // Floats hold codes, their products and codes with 20 bits more exactly.
  I units(F a, F b) const {
    if constexpr (kind == 2) return to_int(mul(a, b));
    const I left = scaled(a, a_half, a_scale), right = scaled(b, b_half, b_scale);
    return kind == 0 ? wrapping_add(left, right) : wrapping_sub(left, right);
  }
  void store(F a, F b, uint8_t* y) const {
    store_clamped(y, fixed_product(units(a, b), y_scale), zero, low, high);
  }
};

template <bool a_signed, bool b_signed, class Rule>
void row_of(const CodeBinary& c) {
  const Rule rule(c);
  const Side<a_signed> a(c.a, c.one_a, c.a_zero);
  const Side<b_signed> b(c.b, c.one_b, c.b_zero);
  int64_t i = 0;
  for (; i + 16 <= c.count; i += 16) rule.store(a.at(i), b.at(i), c.y + i);
  if (i == c.count) return;
  const auto left = static_cast<size_t>(c.count - i);
  uint8_t rest_a[16] = {}, rest_b[16] = {}, rest_y[16];
  memcpy(rest_a, c.one_a ? c.a : c.a + i, c.one_a ? 1 : left);
  memcpy(rest_b, c.one_b ? c.b : c.b + i, c.one_b ? 1 : left);
  const Side<a_signed> last_a(rest_a, c.one_a, c.a_zero);
  const Side<b_signed> last_b(rest_b, c.one_b, c.b_zero);
  rule.store(last_a.at(0), last_b.at(0), rest_y);
  memcpy(c.y + i, rest_y, left);
}

template <bool a_signed, bool b_signed, template <int> class Rule>
void row_by_kind(const CodeBinary& c) {
  if (c.kind == 0) return row_of<a_signed, b_signed, Rule<0>>(c);
  if (c.kind == 1) return row_of<a_signed, b_signed, Rule<1>>(c);
  row_of<a_signed, b_signed, Rule<2>>(c);
}

template <bool a_signed, bool b_signed>
void row_by_rule(const CodeBinary& c) {
  if (c.fixed == nullptr) return row_by_kind<a_signed, b_signed, FloatRule>(c);
  row_by_kind<a_signed, b_signed, FixedRule>(c);
}

void row(const CodeBinary& c) {
  if (c.a_signed) return c.b_signed ? row_by_rule<true, true>(c) : row_by_rule<true, false>(c);
  return c.b_signed ? row_by_rule<false, true>(c) : row_by_rule<false, false>(c);
}

}  // namespace

extern const QuantizedBinaryFns quantized_binary_fns;
const QuantizedBinaryFns quantized_binary_fns = {row};

}  // namespace hone::HONE_ISA
