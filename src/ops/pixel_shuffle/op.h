// pixel_shuffle: blocks of pixels from channels, or channels from blocks (ONNX DepthToSpace,
// SpaceToDepth).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct PixelShuffleAttrs {
  enum class Mode : uint8_t {
    dcr,           // [N, C, H, W] to [N, C / b², b H, b W]: a channel is (row, column, new channel)
    crd,           // ... is (new channel, row, column)
    to_depth,      // the inverse of dcr
    to_depth_crd,  // the inverse of crd
  };
  int64_t block = 1;
  Mode mode = Mode::dcr;
  bool to_depth() const { return mode == Mode::to_depth || mode == Mode::to_depth_crd; }
  bool crd() const { return mode == Mode::crd || mode == Mode::to_depth_crd; }
  void visit(AttrVisitor& v);
};
inline constexpr std::string_view kPixelShuffleModeNames[] = {"dcr", "crd", "to_depth",
                                                              "to_depth_crd"};

inline void PixelShuffleAttrs::visit(AttrVisitor& v) {
  v.field("block", block);
  v.field("mode", mode, kPixelShuffleModeNames);
}

}  // namespace hone
