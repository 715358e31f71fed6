// Activations behind a sum for one instruction set; the numbers are those of ops/epilogue.h.
// Included inside namespace hone::<isa>, after the set's header, math-inl.h and unary-inl.h. What
// is not a number comes through each of them.

static inline F clip(F x, F low, F high) {
  return min(high, max(low, x));  // both give their second operand where one is not a number
}
// Those that are worth a call.
__attribute__((noinline)) static F activate_slowly(int activation, F x) {
  switch (activation) {
    case 3:
      return silu(x);
    case 5:
      return hard_swish(x);
    default:
      return sigmoid(x);
  }
}
static inline F activate(int activation, float low, float high, F x) {
  if (activation == 0) return x;
  if (activation == 1) return relu(x);
  if (activation == 2) return clip(x, set(low), set(high));
  if (activation == 4) return where_less(x, set(0.0f), mul(x, set(low)), x);
  return activate_slowly(activation, x);
}
