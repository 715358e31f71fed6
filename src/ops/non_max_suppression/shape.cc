#include "ops/define.h"
#include "ops/non_max_suppression/op.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"boxes", "scores", "max_boxes?", "overlap?", "score?"};
constexpr std::string_view kResults[] = {"y"};

}  // namespace

// boxes f32 [images, n, 4], scores f32 [images, classes, n], max_boxes i64 [1], overlap and score
// f32 [1]; y i64 [chosen, 3]: image, class, box.
const OpDef& non_max_suppression_op() {
  static const OpDef kDef{.name = "non_max_suppression",
                          .summary = "boxes without worse ones beside them (NonMaxSuppression)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = {},
                          .default_attrs = [] { return Attrs(NonMaxSuppressionAttrs{}); },
                          .infer = nullptr,
                          .cost = nullptr,
                          .runs = Runs::on_host};
  return kDef;
}

}  // namespace hone
