// stft: the discrete Fourier transform of frames of a signal, step by step (ONNX STFT).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct StftAttrs {
  bool onesided = true;  // half the frequencies, of real signals
  void visit(AttrVisitor& v) { v.field("onesided", onesided); }
};

}  // namespace hone
