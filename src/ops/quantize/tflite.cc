#include <cmath>

#include "frontend/tflite/node_import.h"
#include "ops/binary/op.h"
#include "ops/unary/op.h"

namespace hone::tflite {
namespace {

// The range moves a little, so that 0 is one of the steps.
struct Grid {
  double scale, low, high;
};

Grid nudged(double low, double high, int bits, bool narrow) {
  const double first = narrow ? 1 : 0, last = static_cast<double>((1 << bits) - 1);
  const double scale = (high - low) / (last - first);
  const double from_low = first - low / scale;
  const double zero = from_low < first ? first : from_low > last ? last : std::round(from_low);
  return {scale, (first - zero) * scale, (last - zero) * scale};
}

// Floats as they are behind a rounding to 2 to 16 bits.
void fake_quant(NodeImport& n) {
  using Options = schema::FakeQuantOptions;
  const auto options = n.options<Options>();
  const auto low = static_cast<double>(options.get(Options::min));
  const auto high = static_cast<double>(options.get(Options::max));
  const int bits = options.get(Options::num_bits);
  if (bits < 2 || bits > 16 || !(low < high)) return n.invalid("has no range to quantize to");
  const Grid grid = nudged(low, high, bits, options.get(Options::narrow_range));
  const auto with = [&](BinaryKind kind, ir::ValueId x, double value) {
    return n.add("binary", {x, n.scalar(DType::f32, value)}, BinaryAttrs{kind});
  };
  ir::ValueId y = with(BinaryKind::min, with(BinaryKind::max, n.input(0), grid.low), grid.high);
  y = with(BinaryKind::mul, with(BinaryKind::sub, y, grid.low), 1 / grid.scale);
  y = n.add("unary", {with(BinaryKind::add, y, 0.5)}, UnaryAttrs{UnaryKind::floor});
  n.output(0, with(BinaryKind::add, with(BinaryKind::mul, y, grid.scale), grid.low));
}

}  // namespace

std::span<const TfliteOp> quantize_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::FAKE_QUANT, fake_quant},
  };
  return kOps;
}

}  // namespace hone::tflite
