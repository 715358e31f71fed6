// reduce for one instruction set.
#include "ops/reduce/cpu.h"

namespace hone::HONE_ISA {
namespace {

#include "backend/cpu/simd/math-inl.h"

constexpr bool is_sum(ReducePart part) { return part <= ReducePart::sum_exp; }

template <ReducePart part>
F start() {
  if constexpr (is_sum(part)) return set(0.0f);
  if constexpr (part == ReducePart::prod) return set(1.0f);
  return set(part == ReducePart::max ? -__builtin_inff() : __builtin_inff());
}

// A NaN stays once it is there.
template <ReducePart part>
F gather(F all, F x, F shift) {
  if constexpr (part == ReducePart::sum) return add(all, x);
  if constexpr (part == ReducePart::sum_abs) return add(all, abs(x));
  if constexpr (part == ReducePart::sum_square) return fma(x, x, all);
  if constexpr (part == ReducePart::sum_exp) return add(all, exp(sub(x, shift)));
  if constexpr (part == ReducePart::prod) return mul(all, x);
  if constexpr (part == ReducePart::max) return where_nan(all, all, max(all, x));
  return where_nan(all, all, min(all, x));
}

// Of parts, not of elements.
template <ReducePart part>
F join(F a, F b) {
  if constexpr (is_sum(part)) {
    return add(a, b);
  } else {
    return gather<part>(a, b, a);
  }
}

template <ReducePart part>
float over_lanes(F all) {
  if constexpr (is_sum(part)) return sum(all);
  float lanes[16];
  store(lanes, all);
  float one = lanes[0];
  for (int i = 1; i < 16; ++i) {
    if constexpr (part == ReducePart::prod) one *= lanes[i];
    if constexpr (part == ReducePart::max) {
      one = lanes[i] > one || lanes[i] != lanes[i] ? lanes[i] : one;
    }
    if constexpr (part == ReducePart::min) {
      one = lanes[i] < one || lanes[i] != lanes[i] ? lanes[i] : one;
    }
  }
  return one;
}

template <ReducePart part>
float rows(const float* x, int64_t n, float shift_by) {
  const F shift = set(shift_by);
  F all[4] = {start<part>(), start<part>(), start<part>(), start<part>()};
  int64_t i = 0;
  for (; i + 64 <= n; i += 64) {
    for (int k = 0; k < 4; ++k) all[k] = gather<part>(all[k], load(x + i + 16 * k), shift);
  }
  for (; i + 16 <= n; i += 16) all[0] = gather<part>(all[0], load(x + i), shift);
  if (const int rest = static_cast<int>(n - i); rest > 0) {
    float lanes[16];
    store(lanes, all[1]);
    store_part(lanes, gather<part>(all[1], load_part(x + i, rest), shift), rest);
    all[1] = load(lanes);
  }
  return over_lanes<part>(join<part>(join<part>(all[0], all[1]), join<part>(all[2], all[3])));
}

template <ReducePart part>
void columns(const float* x, int64_t n, const float* shift, float* gathered) {
  int64_t i = 0;
  for (; i + 16 <= n; i += 16) {
    const F by = part == ReducePart::sum_exp ? load(shift + i) : set(0.0f);
    store(gathered + i, gather<part>(load(gathered + i), load(x + i), by));
  }
  if (const int rest = static_cast<int>(n - i); rest > 0) {
    const F by = part == ReducePart::sum_exp ? load_part(shift + i, rest) : set(0.0f);
    store_part(gathered + i,
               gather<part>(load_part(gathered + i, rest), load_part(x + i, rest), by), rest);
  }
}

using Part = ReducePart;

}  // namespace

extern const ReduceFns reduce_fns;
const ReduceFns reduce_fns = {
    {rows<Part::sum>, rows<Part::sum_abs>, rows<Part::sum_square>, rows<Part::sum_exp>,
     rows<Part::prod>, rows<Part::max>, rows<Part::min>},
    {columns<Part::sum>, columns<Part::sum_abs>, columns<Part::sum_square>, columns<Part::sum_exp>,
     columns<Part::prod>, columns<Part::max>, columns<Part::min>}};

}  // namespace hone::HONE_ISA
