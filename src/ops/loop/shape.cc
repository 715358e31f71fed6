#include "ops/loop/op.h"

#include "ops/define.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x*"};
constexpr std::string_view kResults[] = {"y*"};

}  // namespace

// The node owns one graph.
// loop: operands count?, condition?, carried..., captured...; the graph's inputs iteration (i64
// []), condition (boolean []), carried..., captured..., its outputs condition, carried...,
// scanned...; results carried..., scanned... stacked along a new first axis. scan: operands
// carried..., scanned..., captured...; the graph's inputs the same with one slice of each scanned
// operand, its outputs carried..., scanned...; results as those of loop. map: operands scanned...,
// captured..., the first a sequence; the graph sees one tensor of each sequence; each of its
// outputs becomes a sequence.
const OpDef& loop_op() {
  static const OpDef kDef{.name = "loop",
                          .summary = "a graph repeated (ONNX Loop, Scan, SequenceMap)",
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
