// The x16 layouts: 16 weight rows (a panel) interleaved so that one vector register holds the same
// 4 columns of all 16. Plain data only: included by kernels built for one instruction set.
//
// A packed tensor of `rows` x `columns` is two streams, each panel after panel, rows padded with
// zeros to a multiple of 16:
//   scales: for each canonical block, scale_bytes; fields as listed by the packer, each field 16
//           values side by side
//   quants: for each canonical block, its code bytes as 4-byte words: word w of rows 0..15 side by
//           side. Q5_0 and Q5_1 keep their fifth bits regrouped: byte 4r+b of the 64 holds, in bit
//           j, the fifth bit of row r, column 4j+b.
// The quants stream starts at the next multiple of 64. Layout ids are "<dtype>.x16.v1".
#pragma once

#include <stdint.h>

namespace hone {

inline constexpr int64_t kPanelRows = 16;
inline constexpr int64_t kX16Block = 32;  // columns a kernel takes at a time

struct X16Format {
  int64_t block_columns;  // of the canonical block: 32 or 256; scales and quants repeat with it
  int64_t scale_bytes;    // of 16 rows, one canonical block
  int64_t quant_bytes;    // likewise
};

inline constexpr X16Format kX16Q4_0{32, 32, 256};
inline constexpr X16Format kX16Q4_1{32, 64, 256};
inline constexpr X16Format kX16Q5_0{32, 32, 320};
inline constexpr X16Format kX16Q5_1{32, 64, 320};
inline constexpr X16Format kX16Q8_0{32, 32, 512};
inline constexpr X16Format kX16Q2_K{256, 64 + 256, 1024};
inline constexpr X16Format kX16Q3_K{256, 32 + 256, 1024 + 512};
inline constexpr X16Format kX16Q4_K{256, 64 + 256, 2048};
inline constexpr X16Format kX16Q5_K{256, 64 + 256, 2048 + 512};
inline constexpr X16Format kX16Q6_K{256, 32 + 256, 2048 + 1024};

}  // namespace hone
