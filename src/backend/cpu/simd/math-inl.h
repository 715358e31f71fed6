// Functions over the vector primitives of one instruction set. Included inside namespace
// hone::<isa> by kernels, after the set's header; no guard, since each unit has one set.

// e^x within 2 ulp: x = n ln2 + r, a polynomial of degree 6 in r (Cephes' expf coefficients). e^0
// is exactly 1. Below -87.3 the result is 0, from 88.37 (2.4e38) on it is infinity.
static inline F exp(F x) {
  const F low = set(-87.33654f);
  const F high = set(88.37f);
  const F clamped = min(max(x, low), high);
  const F n = round(mul(clamped, set(1.44269504088896341f)));
  const F r = fma(n, set(2.12194440e-4f), fma(n, set(-0.693359375f), clamped));
  F p = set(1.9875691500e-4f);
  p = fma(p, r, set(1.3981999507e-3f));
  p = fma(p, r, set(8.3334519073e-3f));
  p = fma(p, r, set(4.1665795894e-2f));
  p = fma(p, r, set(1.6666665459e-1f));
  p = fma(p, r, set(5.0000001201e-1f));
  p = add(fma(p, mul(r, r), r), set(1.0f));
  // x that is not a number fails both comparisons and comes through.
  const F value = mul(p, power_of_two(n));
  const F beyond = mul(x, set(__builtin_inff()));
  return where_less(x, low, set(0.0f), where_less(x, high, value, beyond));
}

static inline F sigmoid(F x) { return div(set(1.0f), add(set(1.0f), exp(sub(set(0.0f), x)))); }

// tanh(x) = 1 - 2 / (e^2x + 1); up to 0.625, where that cancels, an odd polynomial (fitted by least
// squares in double, relative error 4e-9).
static inline F tanh(F x) {
  const F far = sub(set(1.0f), div(set(2.0f), add(exp(add(x, x)), set(1.0f))));
  const F t = mul(x, x);
  F p = set(-5.67242177e-03f);
  p = fma(p, t, set(2.06031461e-02f));
  p = fma(p, t, set(-5.37252314e-02f));
  p = fma(p, t, set(1.33311853e-01f));
  p = fma(p, t, set(-3.33332628e-01f));
  const F near = fma(mul(p, t), x, x);
  return where_less(set(0.625f), abs(x), far, near);
}
