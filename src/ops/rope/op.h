// rope: rotates pairs of elements of each head by the angles of rope_table.
#pragma once

#include "ops/attrs.h"

namespace hone {

// Which elements make pair i: (2i, 2i+1), or (i, i + rotary_dim / 2).
enum class RopePairs : uint8_t { adjacent, halves };
inline constexpr std::string_view kRopePairsNames[] = {"adjacent", "halves"};

struct RopeAttrs {
  RopePairs pairs = RopePairs::halves;
  void visit(AttrVisitor& v) { v.field("pairs", pairs, kRopePairsNames); }
};

}  // namespace hone
