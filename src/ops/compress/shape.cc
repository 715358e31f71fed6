#include "ops/compress/op.h"

#include "ops/define.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "condition"};
constexpr std::string_view kResults[] = {"y"};

}  // namespace

// The condition is boolean [n], n no more than the axis.
const OpDef& compress_op() {
  static const OpDef kDef{.name = "compress",
                          .summary = "the slices that a condition picks (ONNX Compress)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = {},
                          .default_attrs = [] { return Attrs(CompressAttrs{}); },
                          .infer = nullptr,
                          .cost = nullptr,
                          .runs = Runs::on_host};
  return kDef;
}

}  // namespace hone
