#include "ops/quantized_binary/cpu.h"

#include <array>

#include "backend/cpu/broadcast.h"
#include "backend/cpu/isa_table.h"
#include "backend/cpu/rows_step.h"
#include "ops/quantized_binary/op.h"

namespace hone {

HONE_ISA_TABLE(QuantizedBinaryFns, quantized_binary_fns)

namespace {

// Rows are cut so that one long row is many tiles; the innermost stride is 0 or 1.
constexpr int64_t kPart = 4096;

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const auto& attrs = b.attrs->as<QuantizedBinaryAttrs>();
  const Operand &left = b.operands[0], &right = b.operands[1];
  const Broadcast<2> walk(b.results[0].view.dims, {left.view.dims, right.view.dims});
  const BinaryScales scales(attrs);
  const FixedScale &fa = scales.fixed_a, &fb = scales.fixed_b, &fy = scales.fixed_y;
  const std::array<int32_t, 9> fixed{fa.multiplier, fa.left,       fa.right, fb.multiplier, fb.left,
                                     fb.right,      fy.multiplier, fy.left,  fy.right};
  const bool is_fixed = attrs.fixed_point;
  const CodeBinary all{.kind = static_cast<int>(attrs.kind),
                       .a = left.view.as<uint8_t>(),
                       .b = right.view.as<uint8_t>(),
                       .a_signed = left.view.dtype == DType::i8,
                       .b_signed = right.view.dtype == DType::i8,
                       .one_a = walk.inner_stride(0) == 0,
                       .one_b = walk.inner_stride(1) == 0,
                       .a_zero = static_cast<float>(attrs.a_zero),
                       .b_zero = static_cast<float>(attrs.b_zero),
                       .a_scale = scales.a,
                       .b_scale = scales.b,
                       .low = static_cast<int32_t>(attrs.y.low),
                       .high = static_cast<int32_t>(attrs.y.high),
                       .zero = static_cast<int32_t>(attrs.y.zero),
                       .fixed = nullptr,
                       .count = 0,
                       .y = b.results[0].view.as<uint8_t>()};
  const int64_t columns = walk.columns(), parts = (columns + kPart - 1) / kPart;
  const QuantizedBinaryFns& fns = quantized_binary_fns(b.isa);
  return rows_step(walk.rows() * parts, std::min(columns, kPart),
                   [=, &fns](int64_t first, int64_t count) {
                     for (int64_t i = first; i < first + count; ++i) {
                       const int64_t row = i / parts, column = i % parts * kPart;
                       const auto at = walk.offsets(row);
                       CodeBinary one = all;
                       one.fixed = is_fixed ? fixed.data() : nullptr;
                       one.a += at[0] + (one.one_a ? 0 : column);
                       one.b += at[1] + (one.one_b ? 0 : column);
                       one.y += row * columns + column;
                       one.count = std::min(kPart, columns - column);
                       fns.row(one);
                     }
                   });
}

}  // namespace

std::span<const CpuKernel> quantized_binary_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"quantized_binary", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
