#include "ops/rms_norm/op.h"

#include <cmath>

#include "ops/list.h"
#include "ops/quantize_rows/reference.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<RmsNormAttrs>();
  const HostTensor &x = *args.operands[0], &weight = *args.operands[1];
  HostTensor& y = args.results[0];
  for (int64_t row = 0; row < x.rows(); ++row) {
    double squares = 0;
    for (int64_t i = 0; i < x.back(); ++i) squares += x.at(row, i) * x.at(row, i);
    const double scale =
        1 / std::sqrt(squares / static_cast<double>(x.back()) + static_cast<double>(attrs.eps));
    for (int64_t i = 0; i < x.back(); ++i) {
      y.at(row, i) = x.at(row, i) * scale * weight.data[static_cast<size_t>(i)];
    }
  }
  if (attrs.result == RowResult::q8_a) quantize_rows_reference(y);
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  for (const int64_t columns : {1, 15, 16, 33, 64, 576}) {
    for (const int64_t rows : {1, 3}) {
      all.push_back({cat("f32_", rows, "x", columns),
                     RmsNormAttrs{},
                     {floats({rows, columns}), floats({columns})}});
    }
  }
  all.push_back({"heads", RmsNormAttrs{.eps = 1e-6f}, {floats({2, 3, 64}), floats({64})}});
  all.push_back({"q8_a", RmsNormAttrs{.result = RowResult::q8_a}, {floats({3, 96}), floats({96})}});
  return all;
}

Expected<ValueId> expand(Builder& builder, const Node& node) {
  auto attrs = node.attrs.as<RmsNormAttrs>();
  if (attrs.result != RowResult::q8_a) return ValueId{};
  attrs.result = RowResult::f32;
  const ValueId normed = builder("rms_norm", cat(node.name, ".f32"), node.operands, attrs);
  return builder("quantize_rows", node.name, {normed});
}

std::vector<BadCase> bad_cases() {
  const RmsNormAttrs plain, quantized{.result = RowResult::q8_a};
  return {{"C1", plain, {typed(DType::f16, {2, 4}), floats({4})}},
          {"C1", plain, {floats({}), floats({1})}},
          {"C2", plain, {floats({2, 4}), floats({2})}},
          {"C2", plain, {floats({2, 4}), floats({1, 4})}},
          {"C3", quantized, {floats({2, 33}), floats({33})}}};
}

}  // namespace

const ir::OpSemantics& rms_norm_semantics() {
  static const OpSemantics kSemantics{&rms_norm_op(), reference, cases, expand, bad_cases};
  return kSemantics;
}

}  // namespace hone
