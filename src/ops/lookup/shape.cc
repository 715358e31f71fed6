#include "ops/define.h"
#include "ops/lookup/op.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "keys", "values", "missing"};
constexpr std::string_view kResults[] = {"y"};

}  // namespace

// keys and values have as many elements, missing has one; x and keys are both text or both
// integers or floats, values and missing of one dtype.
const OpDef& lookup_op() {
  static const OpDef kDef{.name = "lookup",
                          .summary = "elements replaced by the values of their keys (LabelEncoder)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = {},
                          .default_attrs = [] { return Attrs(LookupAttrs{}); },
                          .infer = nullptr,
                          .cost = nullptr,
                          .runs = Runs::on_host};
  return kDef;
}

}  // namespace hone
