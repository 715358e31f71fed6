#include "ops/scatter_nd/op.h"

#include <algorithm>

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void scatter_nd(NodeImport& n) {
  const std::string reduction = n.attr("reduction", "none");
  const auto found = std::ranges::find(kScatterReductionNames, reduction);
  if (found == std::end(kScatterReductionNames)) {
    return n.unsupported("reduces by '", reduction, "'");
  }
  const auto which = static_cast<ScatterReduction>(found - std::begin(kScatterReductionNames));
  n.output(0, n.add("scatter_nd", {n.input(0), n.input(1), n.input(2)}, ScatterNdAttrs{which}));
}

}  // namespace

std::span<const OnnxOp> scatter_nd_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "ScatterND", scatter_nd}};
  return kOps;
}

}  // namespace hone::onnx
