#include "ops/define.h"
#include "ops/sequence/op.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x*"};
constexpr std::string_view kResults[] = {"y"};

}  // namespace

const OpDef& sequence_op() {
  static const OpDef kDef{.name = "sequence",
                          .summary = "sequences of tensors and optionals (ONNX Sequence*)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = {},
                          .default_attrs = [] { return Attrs(SequenceAttrs{}); },
                          .infer = nullptr,
                          .cost = nullptr,
                          .runs = Runs::on_host};
  return kDef;
}

}  // namespace hone
