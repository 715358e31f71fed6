// sdpa: scaled dot-product attention on whole tensors (ONNX Attention, opset 23 to 25, as corrected
// in onnx 1.23: softcap before the mask, causal borders counted from the end of the past).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct SdpaAttrs {
  // What the result `qk` shows of the scores.
  enum class Show : uint8_t {
    nothing,
    product,  // q x k, scaled
    capped,   // ... after softcap
    masked,   // ... after mask and borders
    softmax,  // as weights of the values
  };
  // Of operands with 3 axes, [batch, sequence, heads * size]; 0: they have 4, [batch, heads,
  // sequence, size].
  int64_t q_heads = 0, kv_heads = 0;
  float scale = 0;      // 0: 1 / sqrt(size)
  float softcap = 0;    // scores become softcap * tanh(score / softcap); 0: they stay
  bool causal = false;  // query i of the block sees keys up to its own place
  int64_t left = -1;    // keys before its own place that a query sees; -1: all
  int64_t right = -1;   // keys behind it
  Show show = Show::nothing;
  // A batch's new keys stand right behind what it has in the past, `lengths` less the new ones;
  // what is left of present is 0. Without it, new keys stand behind the whole past.
  bool ragged = false;
  // The mask speaks of every key: its last axis is as long as they are many, or 1 for all alike.
  bool whole_mask = false;
  bool present = false;  // whether present_key and present_value are made; they are empty if not
  void visit(AttrVisitor& v);
};
inline constexpr std::string_view kSdpaShowNames[] = {"nothing", "product", "capped", "masked",
                                                      "softmax"};

inline void SdpaAttrs::visit(AttrVisitor& v) {
  v.field("q_heads", q_heads);
  v.field("kv_heads", kv_heads);
  v.field("scale", scale);
  v.field("softcap", softcap);
  v.field("causal", causal);
  v.field("left", left);
  v.field("right", right);
  v.field("show", show, kSdpaShowNames);
  v.field("ragged", ragged);
  v.field("whole_mask", whole_mask);
  v.field("present", present);
}

// The keys [first, last) that query `i` sees, of `count`; `offset` keys stand before query 0.
struct KeyRange {
  int64_t first, last;
};
inline KeyRange keys_of(const SdpaAttrs& attrs, int64_t i, int64_t offset, int64_t count) {
  KeyRange range{0, count};
  const int64_t place = i + offset;
  if (attrs.causal && place + 1 < range.last) range.last = place + 1;
  if (attrs.right >= 0 && attrs.right < count - place && place + attrs.right + 1 < range.last) {
    range.last = place + attrs.right + 1;
  }
  if (attrs.left >= 0 && attrs.left < place) range.first = place - attrs.left;
  if (range.last < 0) range.last = 0;
  if (range.first > range.last) range.first = range.last;
  return range;
}

}  // namespace hone
