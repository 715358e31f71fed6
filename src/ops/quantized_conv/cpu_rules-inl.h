// How vectors of sums become codes. Included inside the namespace of an instruction set's unit.

// 16 columns of a rule.
struct FloatRule {
  F scale, low, high;
  I zero;
  FloatRule(const CodeRule& rule, int64_t column)
      : scale(load(rule.scale + column)),
        low(set(static_cast<float>(rule.low - rule.zero))),
        high(set(static_cast<float>(rule.high - rule.zero))),
        zero(splat(rule.zero)) {}
  // max() gives its second operand where the first is not a number.
  void store(I sums, uint8_t* y) const {
    store_codes(y, min(max(mul(to_float(sums), scale), low), high), zero);
  }
};
struct FixedRule {
  Fixed scale;
  I low, high, zero;
  FixedRule(const CodeRule& rule, int64_t column)
      : scale(load_fixed(rule.multiplier + column, rule.left_shift + column,
                         rule.right_shift + column)),
        low(splat(rule.low)),
        high(splat(rule.high)),
        zero(splat(rule.zero)) {}
  void store(I sums, uint8_t* y) const {
    store_clamped(y, fixed_product(sums, scale), zero, low, high);
  }
};

// Up to 16 lanes of sums as codes, or as they are.
template <class Rule>
inline void store_rounded(const Rule& rule, I sums, int64_t count, uint8_t* y) {
  if (count >= 16) return rule.store(sums, y);
  uint8_t codes[16];
  rule.store(sums, codes);
  memcpy(y, codes, static_cast<size_t>(count));
}

inline void store_sums(I sums, int64_t count, int32_t* y) {
  if (count >= 16) return store_i(y, sums);
  int32_t all[16];
  store_i(all, sums);
  memcpy(y, all, static_cast<size_t>(count) * sizeof(int32_t));
}
