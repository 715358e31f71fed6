#include "ops/epilogue.h"

#include <cmath>

namespace hone {
namespace {

// Between the bounds, the lower one first, as ONNX's Clip says.
double clip(double x, double low, double high) {
  if (std::isnan(x)) return x;
  if (x < low) x = low;
  return x > high ? high : x;
}

}  // namespace

double activate(const EpilogueAttrs& attrs, double x) {
  switch (attrs.activation) {
    case Activation::none:
      return x;
    case Activation::relu:
      return x < 0 ? 0 : x;
    case Activation::clip:
      return clip(x, static_cast<double>(attrs.low), static_cast<double>(attrs.high));
    case Activation::silu:
      return x / (1 + std::exp(-x));
    case Activation::leaky:
      return x < 0 ? x * static_cast<double>(attrs.low) : x;
    case Activation::hard_swish:
      return x * clip(x / 6 + 0.5, 0, 1);
    case Activation::sigmoid:
      return 1 / (1 + std::exp(-x));
  }
  return x;
}

}  // namespace hone
