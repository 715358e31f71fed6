// What an op may do with each element of its result before it stores it: an activation, and a
// residual of the result's shape added before or after it.
#pragma once

#include <string_view>

#include "ops/attrs.h"

namespace hone {

enum class Activation : uint8_t { none, relu, clip, silu, leaky, hard_swish, sigmoid };
inline constexpr std::string_view kActivationNames[] = {"none",  "relu",       "clip",   "silu",
                                                        "leaky", "hard_swish", "sigmoid"};

enum class ResidualPlace : uint8_t { before, after };  // the activation
inline constexpr std::string_view kResidualPlaceNames[] = {"before", "after"};

struct EpilogueAttrs {
  Activation activation = Activation::none;
  float low = 0;   // of clip; the slope below zero of leaky
  float high = 0;  // of clip
  ResidualPlace residual = ResidualPlace::before;
  void visit(AttrVisitor& v);
};

inline void EpilogueAttrs::visit(AttrVisitor& v) {
  v.field("activation", activation, kActivationNames);
  v.field("low", low);
  v.field("high", high);
  v.field("residual", residual, kResidualPlaceNames);
}

// The function itself in double. What is not a number comes through.
double activate(const EpilogueAttrs& attrs, double x);
// The epilogue of one channel where leaky has a slope a channel; null slopes change nothing.
template <class T>
EpilogueAttrs of_channel(EpilogueAttrs attrs, const T* slopes, int64_t channel) {
  if (slopes != nullptr) attrs.low = static_cast<float>(slopes[channel]);
  return attrs;
}
// `x` with residual and activation; `residual` is 0 if there is none.
inline double finish(const EpilogueAttrs& attrs, double x, double residual) {
  const bool before = attrs.residual == ResidualPlace::before;
  const double y = activate(attrs, before ? x + residual : x);
  return before ? y : y + residual;
}

}  // namespace hone
