// taper: a window of cosines to multiply frames of a signal with (ONNX HannWindow, HammingWindow,
// BlackmanWindow).
#pragma once

#include <string>

#include "ops/attrs.h"

namespace hone {

struct TaperAttrs {
  enum class Kind : uint8_t { hann, hamming, blackman };
  Kind kind = Kind::hann;
  bool periodic = true;  // one period of `size`; else symmetric
  std::string to = "f32";
  void visit(AttrVisitor& v);
};
inline constexpr std::string_view kTaperKindNames[] = {"hann", "hamming", "blackman"};

inline void TaperAttrs::visit(AttrVisitor& v) {
  v.field("kind", kind, kTaperKindNames);
  v.field("periodic", periodic);
  v.field("to", to);
}

// Entry i of a window of that size.
double taper_at(const TaperAttrs& attrs, int64_t i, int64_t size);

}  // namespace hone
