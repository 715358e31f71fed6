#include "frontend/tflite/node_import.h"
#include "frontend/tflite/window_import.h"
#include "ops/binary/op.h"
#include "ops/pool/op.h"
#include "ops/unary/op.h"

namespace hone::tflite {
namespace {

using Kind = PoolAttrs::Kind;

PoolAttrs attrs_of(NodeImport& n, Kind kind) {
  const auto options = n.options<schema::Pool2DOptions>();
  return {.kind = kind,
          .kernel = {options.get(schema::Pool2DOptions::filter_height),
                     options.get(schema::Pool2DOptions::filter_width)},
          .window = window_attrs(options)};
}

int8_t activation(NodeImport& n) {
  return n.options<schema::Pool2DOptions>().get(schema::Pool2DOptions::fused_activation_function);
}

void average_pool(NodeImport& n) {
  const ir::ValueId x = n.to_channels_first(n.real(0));
  const ir::ValueId y = n.add("pool", {x}, attrs_of(n, Kind::average));
  n.output_real(0, n.to_channels_last(n.activate(y, activation(n))));
}

// Codes are in the order of what they mean, so that the largest need not be dequantized.
void max_pool(NodeImport& n) {
  const bool stored = n.keeps_quantization() && activation(n) == 0;
  const ir::ValueId x = n.to_channels_first(stored ? n.input(0) : n.real(0));
  const ir::ValueId y = n.add("pool", {x}, attrs_of(n, Kind::max));
  if (stored) return n.output(0, n.to_channels_last(y));
  n.output_real(0, n.to_channels_last(n.activate(y, activation(n))));
}

// The root of the mean of squares.
void l2_pool(NodeImport& n) {
  const ir::ValueId x = n.to_channels_first(n.real(0));
  const ir::ValueId squares = n.add("binary", {x, x}, BinaryAttrs{BinaryKind::mul});
  const ir::ValueId mean = n.add("pool", {squares}, attrs_of(n, Kind::average));
  const ir::ValueId y = n.add("unary", {mean}, UnaryAttrs{UnaryKind::sqrt});
  n.output_real(0, n.to_channels_last(n.activate(y, activation(n))));
}

}  // namespace

std::span<const TfliteOp> pool_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::AVERAGE_POOL_2D, average_pool},
      {BuiltinOperator::MAX_POOL_2D, max_pool},
      {BuiltinOperator::L2_POOL_2D, l2_pool},
  };
  return kOps;
}

}  // namespace hone::tflite
