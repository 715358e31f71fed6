#include "frontend/onnx/node_import.h"
#include "ops/nll_loss/op.h"
#include "ops/softmax/op.h"

namespace hone::onnx {
namespace {

using Reduction = NllLossAttrs::Reduction;

ir::ValueId loss(NodeImport& n, ir::ValueId log_probability) {
  NllLossAttrs attrs{.reduction = Reduction::mean,
                     .ignores = n.has("ignore_index"),
                     .ignored = n.attr("ignore_index", int64_t{0})};
  const std::string reduction = n.attr("reduction", "mean");
  if (reduction == "none") attrs.reduction = Reduction::none;
  if (reduction == "sum") attrs.reduction = Reduction::sum;
  return n.add("nll_loss", {log_probability, n.input(1), n.input(2)}, attrs);
}

void nll_loss(NodeImport& n) { n.output(0, loss(n, n.input(0))); }

void softmax_cross_entropy(NodeImport& n) {
  const SoftmaxAttrs attrs{.kind = SoftmaxAttrs::Kind::log_softmax, .axis = 1};
  const ir::ValueId log_probability = n.add("softmax", {n.input(0)}, attrs);
  n.output(0, loss(n, log_probability));
  if (n.has_output(1)) n.output(1, log_probability);
}

}  // namespace

std::span<const OnnxOp> nll_loss_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "NegativeLogLikelihoodLoss", nll_loss},
                                    {"", "SoftmaxCrossEntropyLoss", softmax_cross_entropy}};
  return kOps;
}

}  // namespace hone::onnx
