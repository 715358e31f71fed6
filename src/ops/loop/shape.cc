#include "ops/loop/op.h"

#include "ops/define.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"count?", "condition?", "carried_and_captured*"};
constexpr std::string_view kResults[] = {"y*"};

}  // namespace

// The node owns one graph. Its inputs: iteration (i64 []), condition (boolean []), carried...,
// captured...; its outputs: condition, carried..., scanned.... The node's results: carried...,
// scanned... stacked along a new first axis.
const OpDef& loop_op() {
  static const OpDef kDef{.name = "loop",
                          .summary = "a graph repeated while a condition holds (ONNX Loop)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = {},
                          .default_attrs = [] { return Attrs(LoopAttrs{}); },
                          .infer = nullptr,
                          .cost = nullptr,
                          .runs = Runs::on_host};
  return kDef;
}

}  // namespace hone
