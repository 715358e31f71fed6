#include "ops/define.h"
#include "ops/nonzero/op.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x"};
constexpr std::string_view kResults[] = {"index"};

}  // namespace

// i64 [axes of x, elements that are not 0], in row-major order.
const OpDef& nonzero_op() {
  static const OpDef kDef{.name = "nonzero",
                          .summary = "the indices of all elements that are not 0 (ONNX NonZero)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = {},
                          .default_attrs = [] { return Attrs(NonzeroAttrs{}); },
                          .infer = nullptr,
                          .cost = nullptr,
                          .runs = Runs::on_host};
  return kDef;
}

}  // namespace hone
