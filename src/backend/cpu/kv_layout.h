// How the CPU keeps keys and values: pages of 64 positions, in f16. Included by kernels built for
// one instruction set: plain data only.
//
// A page of keys:   [head][4 groups][head_dim][16 positions]   (a score is a sum over head_dim, so
// 16
//                                                               positions are one vector)
// A page of values: [head][64 positions][head_dim]             (a result is a sum over positions)
#pragma once

#include <stdint.h>

namespace hone {

inline constexpr int64_t kKvPage = 64;   // positions
inline constexpr int64_t kKvGroup = 16;  // positions side by side in a page of keys

// One paged state and the page tables of all sequences (shared by every state of a session).
struct KvView {
  uint16_t* base;              // f16
  int64_t page_elements;       // heads * kKvPage * head_dim
  const int32_t* page_tables;  // [sequence][table_stride]: page number by position / kKvPage
  int64_t table_stride;
  int64_t heads;
  int64_t head_dim;
  int64_t sequences;
};

}  // namespace hone
