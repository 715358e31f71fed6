#include "ops/define.h"
#include "ops/tfidf/op.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x"};
constexpr std::string_view kResults[] = {"y"};

}  // namespace

const OpDef& tfidf_op() {
  static const OpDef kDef{.name = "tfidf",
                          .summary = "how often n-grams of a pool occur (ONNX TfIdfVectorizer)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = {},
                          .default_attrs = [] { return Attrs(TfidfAttrs{}); },
                          .infer = nullptr,
                          .cost = nullptr,
                          .runs = Runs::on_host};
  return kDef;
}

}  // namespace hone
