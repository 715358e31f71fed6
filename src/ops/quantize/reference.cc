#include "ops/quantize/op.h"

#include <algorithm>
#include <cmath>

#include "ops/list.h"
#include "ops/scale_grid.h"
#include "ops/shape_rules.h"
#include "reference/case_operands.h"
#include "tensor/encode.h"

namespace hone {
namespace {

using namespace ir;

double quantized(const QuantizeAttrs& attrs, DType dtype, double x, double scale, double zero) {
  // The division is that of floats: which code a number becomes depends on it.
  const double ratio = static_cast<double>(static_cast<float>(x) / static_cast<float>(scale));
  if (is_integer(dtype)) {
    if (std::isnan(ratio)) return zero;
    const auto [least, most] = integer_range(dtype);
    return std::clamp(std::nearbyint(ratio) + zero, static_cast<double>(least),
                      static_cast<double>(most));
  }
  std::byte code;
  encode_element(dtype, ratio + zero, &code,
                 attrs.saturate ? Overflow::saturate : Overflow::special);
  return decode_element(dtype, &code);
}

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<QuantizeAttrs>();
  const HostTensor &x = *args.operands[0], &scale = *args.operands[1];
  const HostTensor* zero = args.operands[2];
  HostTensor& y = args.results[0];
  const ScaleGrid grid(Dims(x.shape), Dims(scale.shape), attrs.axis, attrs.block);
  for (int64_t i = 0; i < grid.rows(); ++i) {
    const ScaleGrid::Row row = grid.row(i);
    for (int64_t j = 0; j < row.count; ++j) {
      const auto at = static_cast<size_t>(row.first + j);
      const auto s = static_cast<size_t>(row.scale + j * row.stride);
      y.data[at] = quantized(attrs, y.dtype, x.data[at], scale.data[s],
                             zero == nullptr ? 0.0 : zero->data[s]);
    }
  }
}

std::vector<OpCase> cases() {
  const auto codes = [](DType dtype, std::vector<int64_t> shape) {
    return CaseOperand{.dtype = dtype, .shape = std::move(shape), .fill = Fill::index, .limit = 2};
  };
  const auto scale = [](std::vector<int64_t> shape) { return positive(std::move(shape)); };
  std::vector<OpCase> all{
      {"one", QuantizeAttrs{}, {floats({}), scale({})}},
      {"all", QuantizeAttrs{}, {floats({7, 33}), scale({}), codes(DType::u8, {})}},
      {"last_axis", QuantizeAttrs{}, {floats({5, 33}), scale({33}), codes(DType::i8, {33})}},
      {"first_axis", QuantizeAttrs{0}, {floats({5, 33}), scale({5}), codes(DType::i8, {5})}},
      {"blocks",
       QuantizeAttrs{1, 3},
       {floats({2, 7, 5}), scale({2, 3, 5}), codes(DType::i16, {2, 3, 5})}},
      {"last_blocks", QuantizeAttrs{-1, 16, "u16"}, {floats({3, 40}), scale({3, 3})}},
      {"integers", QuantizeAttrs{}, {typed(DType::i32, {4, 17}), scale({17})}},
      {"i32_all", QuantizeAttrs{}, {typed(DType::i32, {4, 17}), scale({1}), codes(DType::i8, {1})}},
      {"f8", QuantizeAttrs{1, 0, "f8_e4m3fn"}, {floats({4, 17}), scale({17})}}};
  for (const std::string_view to : {"i2", "u2", "i4", "u4", "f4_e2m1"}) {
    all.push_back(
        {cat("to_", to), QuantizeAttrs{1, 0, std::string(to)}, {floats({4, 33}), scale({})}});
  }
  for (OpCase& c : all) c.tolerance_ulps = 0;
  return all;
}

std::vector<BadCase> bad_cases() {
  return {{"C1", QuantizeAttrs{}, {typed(DType::f64, {4}), floats({})}},
          {"C1", QuantizeAttrs{}, {floats({4}), typed(DType::i32, {})}},
          {"C2", QuantizeAttrs{1, 0, "f32"}, {floats({4}), floats({})}},
          {"C2", QuantizeAttrs{}, {floats({4}), floats({}), typed(DType::i32, {})}},
          {"C3", QuantizeAttrs{}, {floats({4, 5}), floats({4})}},
          {"C3", QuantizeAttrs{2}, {floats({4, 5}), floats({4})}},
          {"C3", QuantizeAttrs{1, 2}, {floats({4, 5}), floats({4, 2})}},
          {"C3", QuantizeAttrs{1, 2}, {floats({4, 5}), floats({3})}},
          {"C4", QuantizeAttrs{}, {floats({4, 5}), floats({5}), typed(DType::u8, {4})}}};
}

}  // namespace

const OpSemantics& quantize_semantics() {
  static const OpSemantics kSemantics{&quantize_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
