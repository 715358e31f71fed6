// The functions of op unary for one instruction set. Included inside namespace hone::<isa>, after
// the set's header and math-inl.h. Those with a and b take the attributes alpha and beta.

static inline F silu(F x) { return mul(x, sigmoid(x)); }
static inline F swish(F x, F a, F) { return mul(x, sigmoid(mul(a, x))); }
static inline F gelu_tanh(F x) {
  const F cube = mul(mul(x, x), x);
  const F inner = mul(set(0.7978845608028654f), fma(set(0.044715f), cube, x));
  // 0.5 (1 + tanh(a)) = sigmoid(2a)
  return mul(x, sigmoid(add(inner, inner)));
}
static inline F relu(F x) { return max(set(0.0f), x); }
static inline F negate(F x) { return mul(x, set(-1.0f)); }
static inline F reciprocal(F x) { return div(set(1.0f), x); }
static inline F floor(F x) {
  const F near = round(x);
  return where_less(x, near, sub(near, set(1.0f)), near);
}
static inline F ceil(F x) {
  const F near = round(x);
  return where_less(near, x, add(near, set(1.0f)), near);
}
static inline F hard_sigmoid(F x, F a, F b) {
  const F value = fma(a, x, b), zero = set(0.0f), one = set(1.0f);
  return where_less(value, zero, zero, where_less(one, value, one, value));
}
static inline F hard_swish(F x) { return mul(x, hard_sigmoid(x, set(1.0f / 6), set(0.5f))); }
static inline F leaky_relu(F x, F a, F) { return where_less(x, set(0.0f), mul(a, x), x); }
static inline F elu(F x, F a, F) {
  return where_less(x, set(0.0f), mul(a, sub(exp(x), set(1.0f))), x);
}
static inline F selu(F x, F a, F b) { return mul(b, elu(x, a, b)); }
static inline F celu(F x, F a, F) {
  return where_less(x, set(0.0f), mul(a, sub(exp(div(x, a)), set(1.0f))), x);
}
// tanh(log(1 + e)) = n / (n + 2) with n = e (e + 2); from 20 on that is 1.
static inline F mish(F x) {
  const F e = exp(where_less(set(20.0f), x, set(20.0f), x));
  const F n = mul(e, add(e, set(2.0f)));
  return mul(x, div(n, add(n, set(2.0f))));
}
static inline F softsign(F x) { return div(x, add(set(1.0f), abs(x))); }
static inline F thresholded_relu(F x, F a, F) { return where_less(a, x, x, set(0.0f)); }
static inline F shrink(F x, F a, F b) {
  const F above = where_less(a, x, sub(x, b), set(0.0f));
  return where_less(x, sub(set(0.0f), a), add(x, b), above);
}

// Polynomials fitted to erf by weighted least squares in double.
// erf(x) / x in t = x^2, for |x| <= 0.9: relative error 3e-10.
static inline F erf_near(F t) {
  F p = set(8.53883903e-05f);
  p = fma(p, t, set(-8.18192726e-04f));
  p = fma(p, t, set(5.20443590e-03f));
  p = fma(p, t, set(-2.68607531e-02f));
  p = fma(p, t, set(1.12837195e-01f));
  p = fma(p, t, set(-3.76126349e-01f));
  return fma(p, t, set(1.12837923f));
}
// erfc(a) for a >= 0.9: e^p(a) with relative error 4e-6; 0 from 4.2 on, where it is 2.8e-9.
static inline F erfc_far(F a) {
  F p = set(-1.27891990e-05f);
  p = fma(p, a, set(3.09810828e-04f));
  p = fma(p, a, set(-3.39081651e-03f));
  p = fma(p, a, set(2.24853065e-02f));
  p = fma(p, a, set(-1.03113882e-01f));
  p = fma(p, a, set(-6.39217615e-01f));
  p = fma(p, a, set(-1.12594378f));
  p = fma(p, a, set(-7.21048564e-04f));
  return where_less(set(4.2f), a, set(0.0f), exp(p));
}
static inline F erf(F x) {
  const F a = abs(x), near = mul(x, erf_near(mul(x, x)));
  const F far = sub(set(1.0f), erfc_far(a));
  return where_less(set(0.9f), a, where_less(x, set(0.0f), negate(far), far), near);
}
// 0.5 x erfc(-x / sqrt 2), without the cancellation that 1 + erf has far below 0.
static inline F gelu(F x) {
  const F z = mul(x, set(0.70710678f)), a = abs(z);
  const F tail = erfc_far(a);
  const F far = where_less(z, set(0.0f), tail, sub(set(2.0f), tail));
  const F near = fma(z, erf_near(mul(z, z)), set(1.0f));
  return mul(mul(set(0.5f), x), where_less(set(0.9f), a, far, near));
}
