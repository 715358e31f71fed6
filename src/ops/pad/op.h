// pad: elements put before and after each axis, or taken away there (ONNX Pad,
// CenterCropPad).
#pragma once

#include <optional>

#include "ops/attrs.h"
#include "ops/define.h"

namespace hone {

// What stands outside of x.
enum class PadMode : uint8_t {
  constant,  // the operand `value`, or 0
  reflect,   // x mirrored at its first and last element, which stand once
  edge,      // the nearest element of x
  wrap,      // x again from its other end
  mirror,    // as reflect, but its first and last element stand twice
};
inline constexpr std::string_view kPadModeNames[] = {"constant", "reflect", "edge", "wrap",
                                                     "mirror"};

struct PadAttrs {
  PadMode mode = PadMode::constant;
  // Before each axis, then after each; negative ones take away. The operands of these names may
  // give them instead.
  std::vector<int64_t> pads;
  std::vector<int64_t> axes;  // none: all
  // Instead of pads, there is the size that each axis becomes, x in the middle of it.
  bool centered = false;
  void visit(AttrVisitor& v) {
    v.field("mode", mode, kPadModeNames);
    v.field("pads", pads);
    v.field("axes", axes);
    v.field("centered", centered);
  }
};

struct AxisPad {
  int64_t before = 0, after = 0;
};
// The pads of each axis of x; nothing if an operand is not known yet.
Expected<std::optional<std::vector<AxisPad>>> find_pads(const PadAttrs& attrs,
                                                        OperandTypes operands);

// Which element of an axis of `size` stands at place `at`, which may lie outside; -1: none, but the
// constant.
int64_t padded_from(PadMode mode, int64_t at, int64_t size);

}  // namespace hone
