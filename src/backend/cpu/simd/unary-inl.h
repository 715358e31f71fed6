// The functions of op unary for one instruction set. Included inside namespace hone::<isa>, after
// the set's header and math-inl.h; the indices are UnaryKind's.

static inline F silu(F x) { return mul(x, sigmoid(x)); }
static inline F gelu_tanh(F x) {
  const F cube = mul(mul(x, x), x);
  const F inner = mul(set(0.7978845608028654f), fma(set(0.044715f), cube, x));
  // 0.5 (1 + tanh(a)) = sigmoid(2a)
  return mul(x, sigmoid(add(inner, inner)));
}
static inline F relu(F x) { return where_less(x, set(0.0f), set(0.0f), x); }
static inline F negate(F x) { return sub(set(0.0f), x); }
