// mel_weights: what each entry of a spectrum adds to each band of the mel scale (ONNX
// MelWeightMatrix).
#pragma once

#include <string>

#include "ops/attrs.h"

namespace hone {

struct MelWeightsAttrs {
  std::string to = "f32";
  void visit(AttrVisitor& v) { v.field("to", to); }
};

// `bands` triangles over the frequencies `low` to `high` of a one-sided transform of `length`
// samples, of which `rate` are a second.
struct MelBank {
  int64_t bands, length;
  double rate, low, high;
};

// A triangle over entries of the spectrum, any of which may lie outside of it.
struct MelBand {
  int64_t begin, peak, end;
  double weight(int64_t at) const;  // of an entry
};
MelBand mel_band(const MelBank& bank, int64_t index);

}  // namespace hone
