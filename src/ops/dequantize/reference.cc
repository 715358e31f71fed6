#include "ops/dequantize/op.h"

#include "ops/list.h"
#include "ops/scale_grid.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<DequantizeAttrs>();
  const HostTensor &x = *args.operands[0], &scale = *args.operands[1];
  const HostTensor* zero = args.operands[2];
  HostTensor& y = args.results[0];
  const ScaleGrid grid(Dims(x.shape), Dims(scale.shape), attrs.axis, attrs.block);
  for (int64_t i = 0; i < grid.rows(); ++i) {
    const ScaleGrid::Row row = grid.row(i);
    for (int64_t j = 0; j < row.count; ++j) {
      const auto at = static_cast<size_t>(row.first + j);
      const auto s = static_cast<size_t>(row.scale + j * row.stride);
      y.data[at] = (x.data[at] - (zero == nullptr ? 0.0 : zero->data[s])) * scale.data[s];
    }
  }
}

std::vector<OpCase> cases() {
  const auto codes = [](DType dtype, std::vector<int64_t> shape) {
    return CaseOperand{.dtype = dtype, .shape = std::move(shape), .fill = Fill::index, .limit = 2};
  };
  std::vector<OpCase> all{
      {"one", DequantizeAttrs{}, {codes(DType::u8, {}), floats({})}},
      {"last_axis",
       DequantizeAttrs{},
       {codes(DType::i8, {5, 33}), floats({33}), codes(DType::i8, {33})}},
      {"first_axis",
       DequantizeAttrs{0},
       {codes(DType::i16, {5, 33}), floats({5}), codes(DType::i16, {5})}},
      {"blocks",
       DequantizeAttrs{1, 3},
       {codes(DType::u8, {2, 7, 5}), floats({2, 3, 5}), codes(DType::u8, {2, 3, 5})}},
      {"last_blocks", DequantizeAttrs{-1, 16}, {codes(DType::i4, {3, 40}), floats({3, 3})}},
      {"half", DequantizeAttrs{1, 0, "f16"}, {codes(DType::i8, {4, 17}), floats({17})}, 8192},
      {"f8", DequantizeAttrs{}, {typed(DType::f8_e5m2, {4, 17}), floats({17})}}};
  for (const DType dtype : {DType::u2, DType::u4, DType::u16, DType::i32, DType::u8, DType::i8}) {
    all.push_back({cat("of_", name_of(dtype)),
                   DequantizeAttrs{},
                   {codes(dtype, {4, 33}), floats({1}), codes(dtype, {1})}});
  }
  return all;
}

std::vector<BadCase> bad_cases() {
  const CaseOperand x = typed(DType::u8, {4, 5});
  return {{"C1", DequantizeAttrs{}, {floats({4}), floats({})}},
          {"C1", DequantizeAttrs{}, {x, floats({}), typed(DType::i8, {})}},
          {"C2", DequantizeAttrs{}, {x, typed(DType::f64, {})}},
          {"C2", DequantizeAttrs{1, 0, "u8"}, {x, floats({})}},
          {"C3", DequantizeAttrs{}, {x, floats({4})}},
          {"C3", DequantizeAttrs{1, 2}, {x, floats({4, 2})}},
          {"C4", DequantizeAttrs{}, {x, floats({5}), typed(DType::u8, {4})}}};
}

}  // namespace

const OpSemantics& dequantize_semantics() {
  static const OpSemantics kSemantics{&dequantize_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
