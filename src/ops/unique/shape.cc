#include "ops/unique/op.h"

#include "ops/define.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x"};
constexpr std::string_view kResults[] = {"y", "first", "inverse", "counts"};

}  // namespace

// Beside y, i64: where each of its slices first stands in x; which slice of y each of x's is; how
// often each of y stands in x. NaN equals NaN, and sorts last.
const OpDef& unique_op() {
  static const OpDef kDef{.name = "unique",
                          .summary = "the slices that differ, once each (ONNX Unique)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = {},
                          .default_attrs = [] { return Attrs(UniqueAttrs{}); },
                          .infer = nullptr,
                          .cost = nullptr,
                          .runs = Runs::on_host};
  return kDef;
}

}  // namespace hone
