#include "ops/scatter_elements/op.h"

#include <algorithm>

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

void scatter_elements(NodeImport& n) {
  ScatterElementsAttrs attrs{.axis = n.attr("axis", int64_t{0})};
  const std::string reduction = n.attr("reduction", "none");
  const auto found = std::ranges::find(kScatterReductionNames, reduction);
  if (found == std::end(kScatterReductionNames)) {
    return n.unsupported("reduces by '", reduction, "'");
  }
  attrs.reduction = static_cast<ScatterReduction>(found - std::begin(kScatterReductionNames));
  n.output(0, n.add("scatter_elements", {n.input(0), n.input(1), n.input(2)}, attrs));
}

}  // namespace

std::span<const OnnxOp> scatter_elements_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "ScatterElements", scatter_elements},
                                    {"", "Scatter", scatter_elements}};
  return kOps;
}

}  // namespace hone::onnx
