#include "ops/matmul/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  const HostTensor &x = *args.operands[0], &weight = *args.operands[1];
  const HostTensor *bias = args.operands[2], *residual = args.operands[3];
  HostTensor& y = args.results[0];
  for (int64_t row = 0; row < y.rows(); ++row) {
    for (int64_t column = 0; column < y.back(); ++column) {
      double total = 0;
      for (int64_t k = 0; k < x.back(); ++k) total += x.at(row, k) * weight.at(column, k);
      if (bias != nullptr) total += bias->data[static_cast<size_t>(column)];
      if (residual != nullptr) total += residual->at(row, column);
      y.at(row, column) = total;
    }
  }
}

CaseOperand quantized_rows(std::vector<int64_t> shape) {
  return {.dtype = DType::q8_a, .shape = std::move(shape)};
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  // Float sums of k terms err by about sqrt(k) roundings of the largest partial sum.
  constexpr double kUlps = 64;
  const DType packed[] = {DType::q4_0, DType::q4_1, DType::q5_0, DType::q5_1, DType::q8_0,
                          DType::q2_k, DType::q3_k, DType::q4_k, DType::q5_k, DType::q6_k};
  for (const DType dtype : packed) {
    for (const int64_t rows : {1, 2, 7, 21, 130}) {
      const int64_t columns = info(dtype).block_elements == 256 ? 512 : 96;
      all.push_back({cat(name_of(dtype), "_", rows),
                     MatmulAttrs{},
                     {quantized_rows({rows, columns}), blocks(dtype, {53, columns})},
                     kUlps});
    }
  }
  const DType decoded[] = {DType::f32,  DType::f16,    DType::bf16,  DType::q4_0,
                           DType::q6_k, DType::iq4_nl, DType::tq2_0, DType::mxfp4};
  for (const DType dtype : decoded) {
    const int64_t columns = is_block_quantized(dtype) ? 256 : 77;
    for (const int64_t rows : {1, 5}) {
      all.push_back({cat("float_", name_of(dtype), "_", rows),
                     MatmulAttrs{},
                     {floats({rows, columns}), blocks(dtype, {37, columns})},
                     kUlps});
    }
  }
  all.push_back(
      {"bias_residual",
       MatmulAttrs{},
       {quantized_rows({3, 64}), blocks(DType::q8_0, {20, 64}), floats({20}), floats({3, 20})},
       kUlps});
  all.push_back({"float_bias_residual",
                 MatmulAttrs{},
                 {floats({3, 40}), floats({20, 40}), floats({20}), floats({3, 20})},
                 kUlps});
  return all;
}

std::vector<BadCase> bad_cases() {
  const CaseOperand x = floats({3, 8}), weight = floats({5, 8});
  const MatmulAttrs attrs;
  return {{"C1", attrs, {floats({1, 3, 8}), weight}},
          {"C1", attrs, {typed(DType::f16, {3, 8}), weight}},
          {"C2", attrs, {x, floats({8})}},
          {"C2", attrs, {x, floats({8, 5})}},
          {"C3", attrs, {x, weight, floats({8})}},
          {"C3", attrs, {x, weight, typed(DType::f16, {5})}},
          {"C4", attrs, {x, weight, absent(), floats({5})}},
          {"C4", attrs, {x, weight, floats({5}), typed(DType::f16, {3, 5})}}};
}

}  // namespace

const OpSemantics& matmul_semantics() {
  static const OpSemantics kSemantics{&matmul_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
