#include "ops/branch/op.h"
#include "ops/define.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"condition", "captured*"};
constexpr std::string_view kResults[] = {"y*"};

}  // namespace

// The node owns two graphs, taken if the condition's one element is true or false. Both have the
// captured values as inputs, in order, and as many outputs as the node has results.
const OpDef& branch_op() {
  static const OpDef kDef{.name = "branch",
                          .summary = "the results of one of two graphs (ONNX If)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = {},
                          .default_attrs = [] { return Attrs(BranchAttrs{}); },
                          .infer = nullptr,
                          .cost = nullptr,
                          .runs = Runs::on_host};
  return kDef;
}

}  // namespace hone
