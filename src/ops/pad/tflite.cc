#include "frontend/tflite/node_import.h"
#include "ops/pad/op.h"

namespace hone::tflite {
namespace {

// Paddings are [rank, 2]: before and after each axis.
PadAttrs attrs_of(NodeImport& n) {
  const std::vector<int64_t> pairs = n.ints(1);
  PadAttrs attrs;
  for (size_t i = 0; i + 1 < pairs.size(); i += 2) attrs.pads.push_back(pairs[i]);
  for (size_t i = 1; i < pairs.size(); i += 2) attrs.pads.push_back(pairs[i]);
  return attrs;
}

// Padding with nothing is padding with what stands for 0.
void pad(NodeImport& n) {
  const PadAttrs attrs = attrs_of(n);
  if (!n.keeps_quantization()) {
    return n.output_real(0, n.add("pad", {n.real(0), {}, {}, {}}, attrs));
  }
  n.output(0, n.add("pad", {n.input(0), {}, n.stored_zero(0), {}}, attrs));
}

void pad_v2(NodeImport& n) {
  ir::ValueId value = n.real(2);
  if (n.rank(value) != 0u) value = n.reshape(value, {});
  n.output_real(0, n.add("pad", {n.real(0), {}, value, {}}, attrs_of(n)));
}

void mirror_pad(NodeImport& n) {
  using Options = schema::MirrorPadOptions;
  PadAttrs attrs = attrs_of(n);
  const auto mode = static_cast<schema::MirrorPadMode>(n.options<Options>().get(Options::mode));
  attrs.mode = mode == schema::MirrorPadMode::SYMMETRIC ? PadMode::mirror : PadMode::reflect;
  n.output(0, n.add("pad", {n.input(0), {}, {}, {}}, attrs));
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
