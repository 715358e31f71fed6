#include "ops/glu/op.h"

#include "ops/binary/op.h"
#include "ops/list.h"
#include "ops/quantize_rows/reference.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<GluAttrs>();
  const HostTensor &gate = *args.operands[0], &up = *args.operands[1];
  HostTensor& y = args.results[0];
  for (size_t i = 0; i < y.data.size(); ++i) {
    y.data[i] = unary_value(attrs.activation, gate.data[i]) * up.data[i];
  }
  if (attrs.result == RowResult::q8_a) quantize_rows_reference(y);
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  for (const UnaryKind kind : {UnaryKind::silu, UnaryKind::gelu_tanh}) {
    const std::string_view name = kUnaryKindNames[static_cast<size_t>(kind)];
    all.push_back({cat(name, "_tail"), GluAttrs{kind}, {floats({2, 37}), floats({2, 37})}});
    all.push_back(
        {cat(name, "_q8_a"), GluAttrs{kind, RowResult::q8_a}, {floats({3, 64}), floats({3, 64})}});
  }
  return all;
}

Expected<ValueId> expand(Builder& builder, const Node& node) {
  const auto& attrs = node.attrs.as<GluAttrs>();
  const ValueId gate =
      builder("unary", cat(node.name, ".gate"), {node.operands[0]}, UnaryAttrs{attrs.activation});
  const bool quantized = attrs.result == RowResult::q8_a;
  const std::string product = quantized ? cat(node.name, ".f32") : node.name;
  const ValueId y =
      builder("binary", product, {gate, node.operands[1]}, BinaryAttrs{BinaryKind::mul});
  return quantized ? builder("quantize_rows", node.name, {y}) : y;
}

std::vector<BadCase> bad_cases() {
  const GluAttrs plain, quantized{UnaryKind::silu, RowResult::q8_a};
  return {{"C1", plain, {floats({2, 4}), floats({4})}},
          {"C1", plain, {floats({}), floats({})}},
          {"C1", plain, {typed(DType::f16, {4}), typed(DType::f16, {4})}},
          {"C2", quantized, {floats({2, 37}), floats({2, 37})}}};
}

}  // namespace

const OpSemantics& glu_semantics() {
  static const OpSemantics kSemantics{&glu_op(), reference, cases, expand, bad_cases};
  return kSemantics;
}

}  // namespace hone
