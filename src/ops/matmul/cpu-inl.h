// matmul for one instruction set. The float sums of one result run in an order that the kernel
// fixes, whatever the number of rows, so results do not depend on batching: x16 adds 32-column
// blocks in order; canonical Q8_0 and float rows add in the lanes of a register, which are summed
// at the end.
#include "ops/matmul/cpu.h"
#include "tensor/layout/x16_format.h"

namespace hone::HONE_ISA {
namespace {

// One 32-column block of 16 weight rows, ready for dot products: w = scale * code + minimum.
// Halves: 1 when one scale serves all 32 columns, 2 when each 16 have their own.
struct Panel {
  B codes[8];
  F scale[2];
  F minimum[2];
};

// A format tells how to load block `b` (counting 32 columns) of a panel and by what its codes are
// offset: w = scale * (code - kOffset) when there are no minima.
struct Q4_0 {
  static constexpr X16Format kFormat = kX16Q4_0;
  static constexpr int kHalves = 1, kOffset = 8;
  static constexpr bool kMinima = false, kSigned = false;
  static inline void load(const uint8_t* scales, const uint8_t* quants, int64_t b, Panel& p) {
    p.scale[0] = load_f16(reinterpret_cast<const uint16_t*>(scales + b * kFormat.scale_bytes));
    load_nibbles(quants + b * kFormat.quant_bytes, p);
  }
  static inline void load_nibbles(const uint8_t* q, Panel& p) {
    for (int j = 0; j < 4; ++j) {
      const B pair = load_b(q + 64 * j);
      p.codes[j] = low4(pair);
      p.codes[4 + j] = high4(pair);
    }
  }
};

struct Q4_1 {
  static constexpr X16Format kFormat = kX16Q4_1;
  static constexpr int kHalves = 1, kOffset = 0;
  static constexpr bool kMinima = true, kSigned = false;
  static inline void load(const uint8_t* scales, const uint8_t* quants, int64_t b, Panel& p) {
    const auto* s = reinterpret_cast<const uint16_t*>(scales + b * kFormat.scale_bytes);
    p.scale[0] = load_f16(s);
    p.minimum[0] = load_f16(s + 16);
    Q4_0::load_nibbles(quants + b * kFormat.quant_bytes, p);
  }
};

// Puts bit j of each byte of `fifth` above code vector j's nibbles.
template <int j>
inline void add_fifth_bit(const B& fifth, Panel& p) {
  p.codes[j] = either(p.codes[j], bits<j, 1, 4>(fifth));
  if constexpr (j < 7) add_fifth_bit<j + 1>(fifth, p);
}

struct Q5_0 {
  static constexpr X16Format kFormat = kX16Q5_0;
  static constexpr int kHalves = 1, kOffset = 16;
  static constexpr bool kMinima = false, kSigned = false;
  static inline void load(const uint8_t* scales, const uint8_t* quants, int64_t b, Panel& p) {
    p.scale[0] = load_f16(reinterpret_cast<const uint16_t*>(scales + b * kFormat.scale_bytes));
    const uint8_t* q = quants + b * kFormat.quant_bytes;
    Q4_0::load_nibbles(q, p);
    add_fifth_bit<0>(load_b(q + 256), p);
  }
};

struct Q5_1 {
  static constexpr X16Format kFormat = kX16Q5_1;
  static constexpr int kHalves = 1, kOffset = 0;
  static constexpr bool kMinima = true, kSigned = false;
  static inline void load(const uint8_t* scales, const uint8_t* quants, int64_t b, Panel& p) {
    const auto* s = reinterpret_cast<const uint16_t*>(scales + b * kFormat.scale_bytes);
    p.scale[0] = load_f16(s);
    p.minimum[0] = load_f16(s + 16);
    const uint8_t* q = quants + b * kFormat.quant_bytes;
    Q4_0::load_nibbles(q, p);
    add_fifth_bit<0>(load_b(q + 256), p);
  }
};

struct Q8_0 {
  static constexpr X16Format kFormat = kX16Q8_0;
  static constexpr int kHalves = 1, kOffset = 0;
  static constexpr bool kMinima = false, kSigned = true;
  static inline void load(const uint8_t* scales, const uint8_t* quants, int64_t b, Panel& p) {
    p.scale[0] = load_f16(reinterpret_cast<const uint16_t*>(scales + b * kFormat.scale_bytes));
    for (int j = 0; j < 8; ++j) p.codes[j] = load_b(quants + b * kFormat.quant_bytes + 64 * j);
  }
};

// The K formats: t is the 32-column block's place within the 256 of its super-block.
struct Q4_K {
  static constexpr X16Format kFormat = kX16Q4_K;
  static constexpr int kHalves = 1, kOffset = 0;
  static constexpr bool kMinima = true, kSigned = false;
  static inline void load_scales(const uint8_t* s, int64_t t, Panel& p) {
    const auto* halves = reinterpret_cast<const uint16_t*>(s);
    p.scale[0] = mul(load_f16(halves), load_u8(s + 64 + 16 * t));
    // Minima are subtracted: w = d * scale * code - dmin * minimum.
    p.minimum[0] = mul(sub(set(0.0f), load_f16(halves + 16)), load_u8(s + 192 + 16 * t));
  }
  static inline void load_nibbles(const uint8_t* q, int64_t t, Panel& p) {
    const uint8_t* pair = q + (t / 2) * 512;
    if (t % 2 == 0) {
      for (int j = 0; j < 8; ++j) p.codes[j] = low4(load_b(pair + 64 * j));
    } else {
      for (int j = 0; j < 8; ++j) p.codes[j] = high4(load_b(pair + 64 * j));
    }
  }
  static inline void load(const uint8_t* scales, const uint8_t* quants, int64_t b, Panel& p) {
    load_scales(scales + b / 8 * kFormat.scale_bytes, b % 8, p);
    load_nibbles(quants + b / 8 * kFormat.quant_bytes, b % 8, p);
  }
};

struct Q5_K {
  static constexpr X16Format kFormat = kX16Q5_K;
  static constexpr int kHalves = 1, kOffset = 0;
  static constexpr bool kMinima = true, kSigned = false;
  template <int t>
  static inline void add_high(const uint8_t* high, Panel& p) {
    for (int j = 0; j < 8; ++j) {
      p.codes[j] = either(p.codes[j], bits<t, 1, 4>(load_b(high + 64 * j)));
    }
  }
  static inline void load(const uint8_t* scales, const uint8_t* quants, int64_t b, Panel& p) {
    const uint8_t* q = quants + b / 8 * kFormat.quant_bytes;
    Q4_K::load_scales(scales + b / 8 * kFormat.scale_bytes, b % 8, p);
    Q4_K::load_nibbles(q, b % 8, p);
    const uint8_t* high = q + 2048;
    switch (b % 8) {
      case 0:
        add_high<0>(high, p);
        break;
      case 1:
        add_high<1>(high, p);
        break;
      case 2:
        add_high<2>(high, p);
        break;
      case 3:
        add_high<3>(high, p);
        break;
      case 4:
        add_high<4>(high, p);
        break;
      case 5:
        add_high<5>(high, p);
        break;
      case 6:
        add_high<6>(high, p);
        break;
      default:
        add_high<7>(high, p);
        break;
    }
  }
};

struct Q6_K {
  static constexpr X16Format kFormat = kX16Q6_K;
  static constexpr int kHalves = 2, kOffset = 32;
  static constexpr bool kMinima = false, kSigned = false;
  template <int t>  // the block's place within its 128 columns
  static inline void load_codes(const uint8_t* low, const uint8_t* high, Panel& p) {
    for (int j = 0; j < 8; ++j) {
      const B pair = load_b(low + 512 * (t & 1) + 64 * j);
      const B nibble = t < 2 ? low4(pair) : high4(pair);
      p.codes[j] = either(nibble, bits<2 * t, 2, 4>(load_b(high + 64 * j)));
    }
  }
  static inline void load(const uint8_t* scales, const uint8_t* quants, int64_t b, Panel& p) {
    const uint8_t* s = scales + b / 8 * kFormat.scale_bytes;
    const F d = load_f16(reinterpret_cast<const uint16_t*>(s));
    const auto* sub_scales = reinterpret_cast<const int8_t*>(s + 32 + 32 * (b % 8));
    p.scale[0] = mul(d, load_s8(sub_scales));
    p.scale[1] = mul(d, load_s8(sub_scales + 16));
    const uint8_t* q = quants + b / 8 * kFormat.quant_bytes;
    const int64_t half = b % 8 / 4;
    const uint8_t *low = q + 1024 * half, *high = q + 2048 + 512 * half;
    switch (b % 4) {
      case 0:
        load_codes<0>(low, high, p);
        break;
      case 1:
        load_codes<1>(low, high, p);
        break;
      case 2:
        load_codes<2>(low, high, p);
        break;
      default:
        load_codes<3>(low, high, p);
        break;
    }
  }
};

struct Q3_K {
  static constexpr X16Format kFormat = kX16Q3_K;
  static constexpr int kHalves = 2, kOffset = 4;
  static constexpr bool kMinima = false, kSigned = false;
  template <int t>  // the block's place within its 256 columns
  static inline void load_codes(const uint8_t* low, const uint8_t* high, Panel& p) {
    for (int j = 0; j < 8; ++j) {
      const B two = bits<2 * (t % 4), 2, 0>(load_b(low + 64 * j));
      p.codes[j] = either(two, bits<t, 1, 2>(load_b(high + 64 * j)));
    }
  }
  static inline void load(const uint8_t* scales, const uint8_t* quants, int64_t b, Panel& p) {
    const uint8_t* s = scales + b / 8 * kFormat.scale_bytes;
    const F d = load_f16(reinterpret_cast<const uint16_t*>(s));
    const auto* sub_scales = reinterpret_cast<const int8_t*>(s + 32 + 32 * (b % 8));
    p.scale[0] = mul(d, load_s8(sub_scales));
    p.scale[1] = mul(d, load_s8(sub_scales + 16));
    const uint8_t* q = quants + b / 8 * kFormat.quant_bytes;
    const uint8_t *low = q + 512 * (b % 8 / 4), *high = q + 1024;
    switch (b % 8) {
      case 0:
        load_codes<0>(low, high, p);
        break;
      case 1:
        load_codes<1>(low, high, p);
        break;
      case 2:
        load_codes<2>(low, high, p);
        break;
      case 3:
        load_codes<3>(low, high, p);
        break;
      case 4:
        load_codes<4>(low, high, p);
        break;
      case 5:
        load_codes<5>(low, high, p);
        break;
      case 6:
        load_codes<6>(low, high, p);
        break;
      default:
        load_codes<7>(low, high, p);
        break;
    }
  }
};

struct Q2_K {
  static constexpr X16Format kFormat = kX16Q2_K;
  static constexpr int kHalves = 2, kOffset = 0;
  static constexpr bool kMinima = true, kSigned = false;
  template <int t>
  static inline void load_codes(const uint8_t* q, Panel& p) {
    for (int j = 0; j < 8; ++j) p.codes[j] = bits<2 * t, 2, 0>(load_b(q + 64 * j));
  }
  static inline void load(const uint8_t* scales, const uint8_t* quants, int64_t b, Panel& p) {
    const uint8_t* s = scales + b / 8 * kFormat.scale_bytes;
    const auto* halves = reinterpret_cast<const uint16_t*>(s);
    const F d = load_f16(halves), dmin = sub(set(0.0f), load_f16(halves + 16));
    for (int h = 0; h < 2; ++h) {
      const uint8_t* both = s + 64 + 32 * (b % 8) + 16 * h;
      uint8_t low[16], high[16];
      for (int i = 0; i < 16; ++i) {
        low[i] = both[i] & 0xf;
        high[i] = both[i] >> 4;
      }
      p.scale[h] = mul(d, load_u8(low));
      p.minimum[h] = mul(dmin, load_u8(high));
    }
    const uint8_t* q = quants + b / 8 * kFormat.quant_bytes + 512 * (b % 8 / 4);
    switch (b % 4) {
      case 0:
        load_codes<0>(q, p);
        break;
      case 1:
        load_codes<1>(q, p);
        break;
      case 2:
        load_codes<2>(q, p);
        break;
      default:
        load_codes<3>(q, p);
        break;
    }
  }
};

template <class Q>
inline I start(int32_t x_sum) {
  if constexpr (Q::kSigned) return dot_s_start(x_sum);
  return splat(-Q::kOffset * x_sum);
}

template <class Q, int first, int count>
inline I dots(const Panel& p, const int8_t* x, I acc) {
  // Two chains hide the latency of the dot product; integer sums do not depend on their order.
  I other = splat(0);
  for (int j = first; j < first + count; j += 2) {
    if constexpr (Q::kSigned) {
      acc = dot_s(acc, p.codes[j], x + 4 * j);
      other = dot_s(other, p.codes[j + 1], x + 4 * j + 4);
    } else {
      acc = dot_u(acc, p.codes[j], x + 4 * j);
      other = dot_u(other, p.codes[j + 1], x + 4 * j + 4);
    }
  }
  return add(acc, other);
}

// acc += one block of one row.
template <class Q>
inline F accumulate(const Panel& p, const Q8Block& x, F acc) {
  if constexpr (Q::kHalves == 1) {
    const F dot = to_float(dots<Q, 0, 8>(p, x.codes, start<Q>(x.sum)));
    acc = fma(mul(dot, p.scale[0]), set(x.scale), acc);
    if constexpr (Q::kMinima) acc = fma(p.minimum[0], set(x.scaled_sum), acc);
  } else {
    const int32_t high_sum = x.sum - x.low_sum;
    const F low = to_float(dots<Q, 0, 4>(p, x.codes, start<Q>(x.low_sum)));
    const F high = to_float(dots<Q, 4, 4>(p, x.codes, start<Q>(high_sum)));
    F both = fma(high, p.scale[1], mul(low, p.scale[0]));
    if constexpr (Q::kMinima) {
      both = fma(p.minimum[0], set(static_cast<float>(x.low_sum)), both);
      both = fma(p.minimum[1], set(static_cast<float>(high_sum)), both);
    }
    acc = fma(both, set(x.scale), acc);
  }
  return acc;
}

inline void finish(const MatmulQ8Task& t, int64_t row, int64_t panel, F acc) {
  const int64_t column = panel * kPanelRows;
  const int64_t left = t.weight_rows - column;
  const int64_t at = row * t.y_stride + column;
  if (left >= kPanelRows) {
    if (t.bias != nullptr) acc = add(acc, HONE_ISA::load(t.bias + column));
    if (t.residual != nullptr) acc = add(acc, HONE_ISA::load(t.residual + at));
    store(t.y + at, acc);
    return;
  }
  const int n = static_cast<int>(left);
  if (t.bias != nullptr) acc = add(acc, load_part(t.bias + column, n));
  if (t.residual != nullptr) acc = add(acc, load_part(t.residual + at, n));
  store_part(t.y + at, acc, n);
}

template <class Q, int kRows>
inline void multiply_rows(const MatmulQ8Task& t, const uint8_t* scales, const uint8_t* quants,
                          int64_t panel, int64_t row) {
  F acc[kRows];
  for (int r = 0; r < kRows; ++r) acc[r] = set(0.0f);
  const Q8Block* x = t.x + row * t.blocks;
  for (int64_t b = 0; b < t.blocks; ++b) {
    Panel p;
    Q::load(scales, quants, b, p);
    for (int r = 0; r < kRows; ++r) acc[r] = accumulate<Q>(p, x[r * t.blocks + b], acc[r]);
  }
  for (int r = 0; r < kRows; ++r) finish(t, row + r, panel, acc[r]);
}

template <class Q>
void multiply(const MatmulQ8Task& t, int64_t panel_begin, int64_t panel_end, int64_t row_begin,
              int64_t row_end) {
  const int64_t canonical_blocks = t.blocks * kX16Block / Q::kFormat.block_columns;
  int64_t row = row_begin;
  const auto each_panel = [&](auto body) {
    for (int64_t panel = panel_begin; panel < panel_end; ++panel) {
      body(t.scales + panel * canonical_blocks * Q::kFormat.scale_bytes,
           t.quants + panel * canonical_blocks * Q::kFormat.quant_bytes, panel);
    }
  };
  for (; row + kRowsAtOnce <= row_end; row += kRowsAtOnce) {
    each_panel([&](const uint8_t* s, const uint8_t* q, int64_t panel) {
      multiply_rows<Q, kRowsAtOnce>(t, s, q, panel, row);
    });
  }
  for (; row + 4 <= row_end; row += 4) {
    each_panel([&](const uint8_t* s, const uint8_t* q, int64_t panel) {
      multiply_rows<Q, 4>(t, s, q, panel, row);
    });
  }
  for (; row + 2 <= row_end; row += 2) {
    each_panel([&](const uint8_t* s, const uint8_t* q, int64_t panel) {
      multiply_rows<Q, 2>(t, s, q, panel, row);
    });
  }
  for (; row < row_end; ++row) {
    each_panel([&](const uint8_t* s, const uint8_t* q, int64_t panel) {
      multiply_rows<Q, 1>(t, s, q, panel, row);
    });
  }
}

// Canonical Q8_0 rows are read as they lie: two blocks are one register, each with its scale in its
// half of the lanes, and the lanes are summed at the end of the row. kRows weight rows share what
// is loaded of x.
template <int kRows>
inline void multiply_q8_0_rows(const MatmulQ8Task& t, int64_t weight_row, int64_t row) {
  constexpr int64_t kBlockBytes = 34, kCodes = 2;  // an f16 scale, then 32 codes
  constexpr int64_t kAhead = 6144;
  const uint8_t* w = t.quants + weight_row * t.blocks * kBlockBytes;
  const Q8Block* x = t.x + row * t.blocks;
  F acc[kRows];
  for (int r = 0; r < kRows; ++r) acc[r] = set(0.0f);
  const Q8Block none = {};
  for (int64_t b = 0; b < t.blocks; b += 2) {
    // Behind the last block of an odd number stands a block of zeros: any codes will do for it.
    const Q8Block& second = b + 1 < t.blocks ? x[b + 1] : none;
    const int64_t step = b + 1 < t.blocks ? kBlockBytes : 0;
    const B codes = load_pair(x[b].codes, second.codes);
    const F scale = set_pair(x[b].scale, second.scale);
    const I begin = pair_start(codes);
    for (int r = 0; r < kRows; ++r) {
      const uint8_t* block = w + (r * t.blocks + b) * kBlockBytes;
      // kRows rows at once are no stream that the processor sees: from memory this line is
      // worth 1.6x.
      __builtin_prefetch(w + kAhead + (b / 2 * kRows + r) * 2 * kBlockBytes);
      const F dot =
          to_float(dot_pair(begin, load_pair(block + kCodes, block + step + kCodes), codes));
      acc[r] = fma(dot, mul(set_pair_f16(block, block + step), scale), acc[r]);
    }
  }
  for (int r = 0; r < kRows; ++r) {
    const int64_t column = weight_row + r, at = row * t.y_stride + column;
    float value = sum(acc[r]);
    if (t.bias != nullptr) value += t.bias[column];
    if (t.residual != nullptr) value += t.residual[at];
    t.y[at] = value;
  }
}

void multiply_q8_0_canonical(const MatmulQ8Task& t, int64_t panel_begin, int64_t panel_end,
                             int64_t row_begin, int64_t row_end) {
  const int64_t end =
      panel_end * kPanelRows < t.weight_rows ? panel_end * kPanelRows : t.weight_rows;
  int64_t w = panel_begin * kPanelRows;
  for (; w + 4 <= end; w += 4) {
    for (int64_t row = row_begin; row < row_end; ++row) multiply_q8_0_rows<4>(t, w, row);
  }
  for (; w < end; ++w) {
    for (int64_t row = row_begin; row < row_end; ++row) multiply_q8_0_rows<1>(t, w, row);
  }
}

struct LoadF32 {
  using T = float;
  static inline F load(const T* p) { return HONE_ISA::load(p); }
  static inline F load_part(const T* p, int n) { return HONE_ISA::load_part(p, n); }
};
// The tail of a row of 16-bit numbers is copied first: nothing beyond the row is read.
struct LoadF16 {
  using T = uint16_t;
  static inline F load(const T* p) { return load_f16(p); }
  static inline F load_part(const T* p, int n) {
    T lanes[16] = {};
    memcpy(lanes, p, sizeof(T) * static_cast<size_t>(n));
    return load(lanes);
  }
};
struct LoadBf16 {
  using T = uint16_t;
  static inline F load(const T* p) { return load_bf16(p); }
  static inline F load_part(const T* p, int n) {
    T lanes[16] = {};
    memcpy(lanes, p, sizeof(T) * static_cast<size_t>(n));
    return load(lanes);
  }
};

template <class W, int kRows>
inline void multiply_float_rows(const MatmulFloatTask& t, int64_t weight_row, int64_t row) {
  const auto* w =
      static_cast<const typename W::T*>(t.weights) + (weight_row - t.first_weight_row) * t.columns;
  const float* x = t.x + row * t.columns;
  F acc[kRows];
  for (int r = 0; r < kRows; ++r) acc[r] = set(0.0f);
  int64_t k = 0;
  for (; k + 16 <= t.columns; k += 16) {
    const F weight = W::load(w + k);
    for (int r = 0; r < kRows; ++r) acc[r] = fma(load(x + r * t.columns + k), weight, acc[r]);
  }
  if (const int n = static_cast<int>(t.columns - k); n > 0) {
    const F weight = W::load_part(w + k, n);
    for (int r = 0; r < kRows; ++r) {
      acc[r] = fma(load_part(x + r * t.columns + k, n), weight, acc[r]);
    }
  }
  for (int r = 0; r < kRows; ++r) {
    float value = sum(acc[r]);
    const int64_t at = (row + r) * t.y_stride + weight_row;
    if (t.bias != nullptr) value += t.bias[weight_row];
    if (t.residual != nullptr) value += t.residual[at];
    t.y[at] = value;
  }
}

template <class W>
void multiply_float(const MatmulFloatTask& t, int64_t begin, int64_t end, int64_t row_begin,
                    int64_t row_end) {
  constexpr int kRows = 4;
  int64_t row = row_begin;
  for (; row + kRows <= row_end; row += kRows) {
    for (int64_t w = begin; w < end; ++w) multiply_float_rows<W, kRows>(t, w, row);
  }
  for (; row < row_end; ++row) {
    for (int64_t w = begin; w < end; ++w) multiply_float_rows<W, 1>(t, w, row);
  }
}

}  // namespace

extern const MatmulFns matmul_fns;
const MatmulFns matmul_fns = {
    multiply<Q4_0>,          multiply<Q4_1>,           multiply<Q5_0>,
    multiply<Q5_1>,          multiply<Q8_0>,           multiply<Q2_K>,
    multiply<Q3_K>,          multiply<Q4_K>,           multiply<Q5_K>,
    multiply<Q6_K>,          multiply_q8_0_canonical,  multiply_float<LoadF32>,
    multiply_float<LoadF16>, multiply_float<LoadBf16>,
};

}  // namespace hone::HONE_ISA
