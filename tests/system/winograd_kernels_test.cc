// Winograd's convolutions against sums in double, and beside the kernels that multiply x itself.
#include <gtest/gtest.h>

#include <cmath>

#include "op_bench.h"
#include "ops/conv/op.h"

namespace hone::test {
namespace {

const CpuKernel* winograd_kernel(const StepBinding& binding) {
  for (const CpuKernel* kernel : accepting(binding)) {
    if (kernel->precision == Precision::winograd) return kernel;
  }
  return nullptr;
}

CaseOperand floats(std::vector<int64_t> shape) {
  return {.dtype = DType::f32, .shape = std::move(shape)};
}

OpCase conv_case(std::vector<int64_t> x, std::vector<int64_t> w, ConvAttrs attrs) {
  const int64_t channels = w[0];
  return {"conv", attrs, {floats(std::move(x)), floats(std::move(w)), floats({channels})}};
}

WindowAttrs padded(std::vector<int64_t> pads) { return {.pads = std::move(pads)}; }

double noise(const std::vector<double>& actual, const std::vector<double>& exact) {
  double squares = 0;
  for (size_t i = 0; i < exact.size(); ++i) {
    squares += (actual[i] - exact[i]) * (actual[i] - exact[i]);
  }
  return std::sqrt(squares / static_cast<double>(exact.size()));
}

// What is added up of products that are rounded once each grows to at most 2.5 times the noise of
// sums over x itself, in simulations of any number of channels; small cases scatter.
void expect_near(const OpCase& c) {
  const OpSemantics& op = *ir::find_semantics(*find_op("conv"));
  const std::vector<Material> operands = make_operands(c);
  const auto types = infer(op, c).value();
  const std::vector<double> exact = run_reference(op, c, operands, types)[0].data;
  // Operands are of deviation 1. An epilogue may clip what is far off before.
  const auto taps = static_cast<double>(9 * c.operands[1].shape[1]);
  const double peak = std::max(peak_of(exact), 4 * std::sqrt(taps));
  for (const Isa isa : supported_isas()) {
    SCOPED_TRACE(name_of(isa));
    Bench bench(op, c, operands, types, {.isa = isa, .packed = true});
    const CpuKernel* kernel = winograd_kernel(bench.binding());
    ASSERT_NE(kernel, nullptr);
    const std::vector<double> actual = result_values(bench.run(*kernel).results[0], types[0]);
    const CpuKernel& plain = *choose_kernel(bench.binding());
    ASSERT_EQ(plain.precision, Precision::f32);
    const std::vector<double> direct = result_values(bench.run(plain).results[0], types[0]);
    EXPECT_LT(noise(actual, exact), 4 * noise(direct, exact));
    compare_values(actual, exact, 32 * 0x1p-24 * peak);
  }
}

TEST(WinogradKernels, ErrAboutTwiceAsMuchAsPlainSums) {
  expect_near(conv_case({1, 64, 16, 16}, {32, 64, 3, 3}, {.window = padded({1, 1, 1, 1})}));
  expect_near(conv_case({1, 200, 14, 14}, {40, 200, 3, 3}, {.window = padded({1, 1, 1, 1})}));
}

// Sizes that are no multiples of a tile, of four tiles and of a vector, and padding on any side.
TEST(WinogradKernels, AgreeOnAnySizesAndPadding) {
  for (const int64_t height : {6, 7, 9, 30}) {
    for (const int64_t width : {6, 11, 16, 17, 67, 300}) {
      for (const std::vector<int64_t>& pads :
           {std::vector<int64_t>{1, 1, 1, 1}, {2, 2, 2, 2}, {2, 5, 3, 2}}) {
        SCOPED_TRACE(cat(height, " x ", width, " pads ", pads[0], " ", pads[1]));
        expect_near(conv_case({2, 13, height, width}, {17, 13, 3, 3}, {.window = padded(pads)}));
        if (testing::Test::HasFailure()) return;
      }
    }
  }
  expect_near(conv_case({1, 16, 20, 21}, {12, 16, 3, 3}, {}));
}

TEST(WinogradKernels, FinishAsOthersDo) {
  using enum Activation;
  for (const ResidualPlace place : {ResidualPlace::before, ResidualPlace::after}) {
    for (const Activation activation : {none, relu, clip, silu, leaky}) {
      const EpilogueAttrs epilogue{
          .activation = activation, .low = -0.5F, .high = 3, .residual = place};
      OpCase c = conv_case({1, 20, 9, 22}, {50, 20, 3, 3},
                           {.window = padded({1, 1, 1, 1}), .epilogue = epilogue});
      c.operands.push_back(floats({1, 50, 9, 22}));
      expect_near(c);
      if (activation != leaky) continue;
      c.operands.push_back(floats({50}));
      expect_near(c);
    }
  }
}

// Others transform what is too little to be worth it, or are no such convolution at all.
TEST(WinogradKernels, AreForPlainThreeByThreeOnly) {
  const OpSemantics& op = *ir::find_semantics(*find_op("conv"));
  const std::vector<OpCase> refused = {
      conv_case({1, 3, 30, 30}, {32, 3, 3, 3}, {}),
      conv_case({1, 32, 30, 30}, {3, 32, 3, 3}, {}),
      conv_case({1, 32, 4, 30}, {32, 32, 3, 3}, {}),
      conv_case({1, 32, 30, 30}, {32, 32, 3, 3}, {.window = {.strides = {2, 2}}}),
      conv_case({1, 32, 30, 30}, {32, 32, 3, 3}, {.window = {.dilations = {2, 1}}}),
      conv_case({1, 32, 30, 30}, {32, 16, 3, 3}, {.window = {}, .groups = 2}),
      conv_case({1, 32, 30, 30}, {32, 32, 3, 1}, {}),
      conv_case({1, 32, 30, 30}, {32, 32, 5, 5}, {}),
      conv_case({1, 32, 30}, {32, 32, 3}, {}),
      conv_case({1, 16, 3, 9, 9}, {16, 16, 3, 3, 3}, {}),
      conv_case({1, 16, 3, 9, 9}, {16, 16, 1, 3, 3}, {})};
  for (const OpCase& c : refused) {
    Bench bench(op, c, make_operands(c), infer(op, c).value(), {.packed = true});
    EXPECT_EQ(winograd_kernel(bench.binding()), nullptr);
  }
}

TEST(WinogradKernels, AreTakenOnlyWhereThePlanAllowsThem) {
  const OpCase c = conv_case({1, 32, 14, 14}, {24, 32, 3, 3}, {});
  const OpSemantics& op = *ir::find_semantics(*find_op("conv"));
  Bench bench(op, c, make_operands(c), infer(op, c).value(), {.isa = Isa::scalar, .packed = true});
  StepBinding binding = bench.binding();
  EXPECT_EQ(choose_kernel(binding)->precision, Precision::f32);
  binding.precision = Precision::bf16;  // the scalar set does not have it: another permission
  EXPECT_EQ(choose_kernel(binding)->precision, Precision::f32);
  binding.precision = Precision::winograd;
  EXPECT_EQ(choose_kernel(binding)->precision, Precision::winograd);
  binding.isa = best_isa();
  EXPECT_EQ(choose_kernel(binding)->precision, Precision::winograd);
}

}  // namespace
}  // namespace hone::test
