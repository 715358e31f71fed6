// Kernels on bf16 against sums in double of operands that were rounded as bf16 is defined: to the
// nearest of the f32 numbers whose low 16 bits are zero, ties to an even last bit.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "op_bench.h"
#include "ops/batch_matmul/op.h"
#include "ops/conv/op.h"

namespace hone::test {
namespace {

// By the definition: the two neighbors, and which is nearer.
double nearest_bf16(double x) {
  const auto value = static_cast<float>(x);
  int exponent = 0;
  std::frexp(value, &exponent);
  const double step = std::ldexp(1.0, exponent - 8);  // 8 bits of significand
  return std::nearbyint(static_cast<double>(value) / step) * step;
}

std::vector<const CpuKernel*> coarse_kernels(const StepBinding& binding) {
  std::vector<const CpuKernel*> kernels = accepting(binding);
  std::erase_if(kernels,
                [](const CpuKernel* kernel) { return kernel->precision != Precision::bf16; });
  return kernels;
}

OpCase conv_case(std::vector<int64_t> x, std::vector<int64_t> w, ConvAttrs attrs) {
  const int64_t channels = w[0];
  return {"conv",
          attrs,
          {{.dtype = DType::f32, .shape = std::move(x)},
           {.dtype = DType::f32, .shape = std::move(w)},
           {.dtype = DType::f32, .shape = {channels}}}};
}

OpCase matmul_case(std::vector<int64_t> a, std::vector<int64_t> b, BatchMatmulAttrs attrs) {
  return {
      "batch_matmul",
      attrs,
      {{.dtype = DType::f32, .shape = std::move(a)}, {.dtype = DType::f32, .shape = std::move(b)}}};
}

// Operands 0 and 1 are rounded, sums and all else are not.
void expect_rounded_products(const OpCase& c) {
  SCOPED_TRACE(c.name);
  if (!multiplies_bf16(best_isa())) GTEST_SKIP() << "no instruction set here multiplies bf16";
  const OpSemantics& op = *ir::find_semantics(*find_op(c.name));
  const std::vector<Material> operands = make_operands(c);
  const auto types = infer(op, c).value();
  Bench bench(op, c, operands, types, {.isa = best_isa(), .packed = true});
  const std::vector<const CpuKernel*> kernels = coarse_kernels(bench.binding());
  ASSERT_FALSE(kernels.empty());
  std::vector<Material> rounded = operands;
  for (size_t i : {0, 1}) {
    for (double& x : rounded[i].host.data) x = nearest_bf16(x);
  }
  const std::vector<double> expected = run_reference(op, c, rounded, types)[0].data;
  const std::vector<double> exact = run_reference(op, c, operands, types)[0].data;
  for (const CpuKernel* kernel : kernels) {
    SCOPED_TRACE(kernel->variant);
    const std::vector<double> actual = result_values(bench.run(*kernel).results[0], types[0]);
    compare_values(actual, expected, 1e-5 * peak_of(expected));
    // Operands that are not rounded give something else.
    double apart = 0;
    for (size_t i = 0; i < exact.size(); ++i)
      apart = std::max(apart, std::fabs(actual[i] - exact[i]));
    EXPECT_GT(apart, 1e-4 * peak_of(exact));
  }
}

TEST(Bf16Kernels, ConvolutionsMultiplyRoundedOperands) {
  expect_rounded_products(conv_case({1, 32, 14, 14}, {24, 32, 1, 1}, {}));
  expect_rounded_products(
      conv_case({2, 7, 13, 17}, {10, 7, 3, 3}, {.window = {.pads = {1, 1, 1, 1}}}));
  expect_rounded_products(conv_case({1, 3, 21, 19}, {8, 3, 5, 5},
                                    {.window = {.strides = {2, 2}, .pads = {2, 2, 2, 2}}}));
  expect_rounded_products(conv_case({1, 12, 9, 9}, {6, 4, 3, 3}, {.window = {}, .groups = 3}));
  // More pairs of channels than a tile takes, in groups that do not come out even.
  expect_rounded_products(
      conv_case({1, 70, 9, 11}, {41, 70, 3, 3}, {.window = {.pads = {1, 1, 1, 1}}}));
  expect_rounded_products(
      conv_case({2, 70, 12, 15}, {34, 35, 3, 3}, {.window = {.strides = {2, 2}}, .groups = 2}));
}

TEST(Bf16Kernels, MatmulsMultiplyRoundedOperands) {
  expect_rounded_products(matmul_case({31, 67}, {67, 45}, {}));
  expect_rounded_products(matmul_case({2, 5, 800}, {800, 33}, {}));
  expect_rounded_products(matmul_case({9, 64}, {40, 64}, {.trans_b = true}));
  expect_rounded_products(matmul_case({117, 1601}, {1601, 83}, {}));
}

// A row's result depends on the kernel, so the kernel must not depend on how many rows there are.
TEST(Bf16Kernels, OneKernelMultipliesAnyNumberOfRows) {
  if (!multiplies_bf16(best_isa())) GTEST_SKIP() << "no instruction set here multiplies bf16";
  std::set<std::string_view> variants;
  for (const int64_t rows : {1, 3, 4, 5, 64}) {
    const OpCase c = matmul_case({rows, 128}, {128, 96}, {});
    const OpSemantics& op = *ir::find_semantics(*find_op(c.name));
    Bench bench(op, c, make_operands(c), infer(op, c).value(), {.isa = best_isa(), .packed = true});
    StepBinding binding = bench.binding();
    binding.precision = Precision::bf16;
    variants.insert(choose_kernel(binding)->variant);
  }
  EXPECT_EQ(variants.size(), 1u);
}

// Where no instruction set multiplies bf16, a step that may is run as f32.
TEST(Bf16Kernels, OtherSetsComputeInF32) {
  const OpCase c = conv_case({1, 32, 14, 14}, {24, 32, 1, 1}, {});
  const OpSemantics& op = *ir::find_semantics(*find_op("conv"));
  for (const Isa isa : supported_isas()) {
    if (multiplies_bf16(isa)) continue;
    Bench bench(op, c, make_operands(c), infer(op, c).value(), {.isa = isa, .packed = true});
    StepBinding allowed = bench.binding();
    allowed.precision = Precision::bf16;
    ASSERT_NE(choose_kernel(allowed), nullptr) << name_of(isa);
    EXPECT_EQ(choose_kernel(allowed), choose_kernel(bench.binding())) << name_of(isa);
  }
}

TEST(Bf16Kernels, AreTakenOnlyWhereThePlanAllowsThem) {
  if (!multiplies_bf16(best_isa())) GTEST_SKIP() << "no instruction set here multiplies bf16";
  const OpCase c = conv_case({1, 32, 14, 14}, {24, 32, 1, 1}, {});
  const OpSemantics& op = *ir::find_semantics(*find_op("conv"));
  Bench bench(op, c, make_operands(c), infer(op, c).value(), {.isa = best_isa(), .packed = true});
  StepBinding binding = bench.binding();
  EXPECT_EQ(choose_kernel(binding)->precision, Precision::f32);
  binding.precision = Precision::bf16;
  EXPECT_EQ(choose_kernel(binding)->precision, Precision::bf16);
}

}  // namespace
}  // namespace hone::test
