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

template <bool a_signed, bool b_signed, int kind>
void row_of(const CodeBinary& c) {
  const F a_scale = set(c.a_scale), b_scale = set(c.b_scale);
  const F low = set(c.low), high = set(c.high);
  const I zero = splat(c.zero);
  const auto units = [&](F a, F b) {
    if constexpr (kind == 2) return mul(mul(a, b), a_scale);
    const F left = mul(a, a_scale), right = mul(b, b_scale);
    return kind == 0 ? add(left, right) : sub(left, right);
  };
  const auto range = [&](F x) { return min(max(x, low), high); };
  const Side<a_signed> a(c.a, c.one_a, c.a_zero);
  const Side<b_signed> b(c.b, c.one_b, c.b_zero);
  int64_t i = 0;
  for (; i + 16 <= c.count; i += 16) {
    store_codes(c.y + i, range(units(a.at(i), b.at(i))), zero);
  }
  if (i == c.count) return;
  const auto left = static_cast<size_t>(c.count - i);
  uint8_t rest_a[16] = {}, rest_b[16] = {}, rest_y[16];
  if (!c.one_a) memcpy(rest_a, c.a + i, left);
  if (!c.one_b) memcpy(rest_b, c.b + i, left);
  if (c.one_a) rest_a[0] = c.a[0];
  if (c.one_b) rest_b[0] = c.b[0];
  const Side<a_signed> last_a(rest_a, c.one_a, c.a_zero);
  const Side<b_signed> last_b(rest_b, c.one_b, c.b_zero);
  store_codes(rest_y, range(units(last_a.at(0), last_b.at(0))), zero);
  memcpy(c.y + i, rest_y, left);
}

template <bool a_signed, bool b_signed>
void row_by_kind(const CodeBinary& c) {
  if (c.kind == 0) return row_of<a_signed, b_signed, 0>(c);
  if (c.kind == 1) return row_of<a_signed, b_signed, 1>(c);
  row_of<a_signed, b_signed, 2>(c);
}

void row(const CodeBinary& c) {
  if (c.a_signed) return c.b_signed ? row_by_kind<true, true>(c) : row_by_kind<true, false>(c);
  return c.b_signed ? row_by_kind<false, true>(c) : row_by_kind<false, false>(c);
}

}  // namespace

extern const QuantizedBinaryFns quantized_binary_fns;
const QuantizedBinaryFns quantized_binary_fns = {row};

}  // namespace hone::HONE_ISA
