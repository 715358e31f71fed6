#include "frontend/tflite/node_import.h"
#include "ops/pad/op.h"

namespace hone::tflite {
namespace {

// Paddings are [rank, 2], before and after each axis; ours stand in the attributes or in an
// operand.
struct Pads {
  PadAttrs attrs;
  ir::ValueId operand;
};

Pads pads_of(NodeImport& n) {
  Pads pads;
  const auto pairs = n.constant_ints(n.input(1));
  if (!pairs) {
    const ir::ValueId sides = n.transpose(n.cast(n.input(1), DType::i64), {1, 0});
    pads.operand = n.reshape(sides, {-1});
    return pads;
  }
  for (size_t i = 0; i + 1 < pairs->size(); i += 2) pads.attrs.pads.push_back((*pairs)[i]);
  for (size_t i = 1; i < pairs->size(); i += 2) pads.attrs.pads.push_back((*pairs)[i]);
  return pads;
}

// Padding with nothing is padding with what stands for 0.
void pad(NodeImport& n) {
  const auto [attrs, pads] = pads_of(n);
  if (!n.keeps_quantization()) {
    return n.output_real(0, n.add("pad", {n.real(0), pads, {}, {}}, attrs));
  }
  n.output(0, n.add("pad", {n.input(0), pads, n.stored_zero(0), {}}, attrs));
}

void pad_v2(NodeImport& n) {
  ir::ValueId value = n.real(2);
  if (n.rank(value) != 0u) value = n.reshape(value, {});
  const auto [attrs, pads] = pads_of(n);
  n.output_real(0, n.add("pad", {n.real(0), pads, value, {}}, attrs));
}

void mirror_pad(NodeImport& n) {
  using Options = schema::MirrorPadOptions;
  auto [attrs, pads] = pads_of(n);
  const auto mode = static_cast<schema::MirrorPadMode>(n.options<Options>().get(Options::mode));
  attrs.mode = mode == schema::MirrorPadMode::SYMMETRIC ? PadMode::mirror : PadMode::reflect;
  n.output(0, n.add("pad", {n.input(0), pads, {}, {}}, attrs));
}

}  // namespace

std::span<const TfliteOp> pad_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::PAD, pad},
      {BuiltinOperator::PADV2, pad_v2},
      {BuiltinOperator::MIRROR_PAD, mirror_pad},
  };
  return kOps;
}

}  // namespace hone::tflite
