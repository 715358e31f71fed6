// quantize for one instruction set.
#include "ops/quantize/cpu.h"

namespace hone::HONE_ISA {
namespace {

// What is no number becomes the zero point.
void run(const QuantizeRun& q) {
  const F scale = set(q.scale), nothing = set(0.0f);
  const F low = set(static_cast<float>(q.low - q.zero));
  const F high = set(static_cast<float>(q.high - q.zero));
  const I zero = splat(q.zero);
  const auto units = [&](F x) {
    const F ratio = div(x, scale);
    return min(max(where_nan(ratio, nothing, ratio), low), high);
  };
  int64_t i = 0;
  for (; i + 16 <= q.count; i += 16) store_codes(q.y + i, units(load(q.x + i)), zero);
  if (i == q.count) return;
  uint8_t rest[16];
  store_codes(rest, units(load_part(q.x + i, static_cast<int>(q.count - i))), zero);
  memcpy(q.y + i, rest, static_cast<size_t>(q.count - i));
}

void range(const float* x, int64_t count, float* low, float* high) {
  F least = set(0.0f), most = set(0.0f);
  const auto see = [&](F v) {
    least = where_less(v, least, v, least);
    most = where_less(most, v, v, most);
  };
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) see(load(x + i));
  if (i < count) see(load_part(x + i, static_cast<int>(count - i)));
  *low = 0.0f - max_of(sub(set(0.0f), least));
  *high = max_of(most);
}

}  // namespace

extern const QuantizeFns quantize_fns;
const QuantizeFns quantize_fns = {run, range};

}  // namespace hone::HONE_ISA
