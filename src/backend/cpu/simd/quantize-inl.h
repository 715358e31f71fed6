// The rule of quantize_rows for one instruction set, shared by every kernel that hands rows to a
// quantized matmul. Included inside namespace hone::<isa>, after the set's header.

// 32 values to one block: scale = max|x| / 127, codes to nearest, ties to even. A block with an
// infinity or a NaN gets a NaN scale, so that the fault shows in the result instead of vanishing.
static inline void quantize_block(F low, F high, Q8Block* out) {
  const float peak = max_of(max(abs(low), abs(high)));
  // max() drops a NaN on one side; a sum with zero weight keeps it.
  const float poison = sum(mul(add(low, high), set(0.0f)));
  out->scale = peak / 127.0f + poison;
  // Below this 127 / peak would come near infinity; such values are nothing beside any other.
  const float inverse = peak > 1e-30f && poison == 0 ? 127.0f / peak : 0.0f;
  if (poison == 0) {
    out->low_sum = store_s8(out->codes, mul(low, set(inverse)));
    out->sum = out->low_sum + store_s8(out->codes + 16, mul(high, set(inverse)));
  } else {
    memset(out->codes, 1, sizeof out->codes);
    out->low_sum = 16;
    out->sum = 32;
  }
  out->scaled_sum = out->scale * static_cast<float>(out->sum);
}
