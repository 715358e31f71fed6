// Included inside namespace hone::<isa> by kernels, after the set's header.

// 16 rows of 16 become columns: of an element's place, row and column as one number of 8 bits,
// each step turns the bits by one.
static inline void transpose(F (&rows)[16]) {
#pragma GCC unroll 4
  for (int step = 0; step < 4; ++step) {
    F turned[16];
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) {
      turned[i] = even(rows[2 * i], rows[2 * i + 1]);
      turned[i + 8] = odd(rows[2 * i], rows[2 * i + 1]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) rows[i] = turned[i];
  }
}
