// nll_loss: minus the log-probability of the class that each sample has, weighted (ONNX
// NegativeLogLikelihoodLoss).
#pragma once

#include "ops/attrs.h"

namespace hone {

struct NllLossAttrs {
  enum class Reduction : uint8_t {
    none,
    sum,
    mean,  // the sum over the sum of weights
  };
  Reduction reduction = Reduction::mean;
  bool ignores = false;  // samples of class `ignored`
  int64_t ignored = 0;
  void visit(AttrVisitor& v);
};
inline constexpr std::string_view kNllReductionNames[] = {"none", "sum", "mean"};

inline void NllLossAttrs::visit(AttrVisitor& v) {
  v.field("reduction", reduction, kNllReductionNames);
  v.field("ignores", ignores);
  v.field("ignored", ignored);
}

}  // namespace hone
