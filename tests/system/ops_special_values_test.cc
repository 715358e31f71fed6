// NaN and infinities through every op: where the reference has a number, kernels have that number;
// where it has a NaN or an infinity, so have they.
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <limits>

#include "op_bench.h"

namespace hone::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kSpecial[] = {std::numeric_limits<double>::quiet_NaN(), kInfinity, -kInfinity};

// The operands with `value` at element `at` of operand `index`.
std::vector<Material> poisoned(std::vector<Material> operands, size_t index, size_t at,
                               double value) {
  Material& m = operands[index];
  m.host.data[at] = value;
  m.bytes = to_bytes<float>(m.host.data);
  return operands;
}

void compare_class(double actual, double expected, double allowed) {
  if (std::isnan(expected)) {
    ASSERT_TRUE(std::isnan(actual)) << actual << " instead of NaN";
  } else if (std::isinf(expected)) {
    ASSERT_EQ(actual, expected);
  } else {
    ASSERT_NEAR(actual, expected, allowed);
  }
}

double finite_peak(const std::vector<double>& values) {
  std::vector<double> finite;
  std::ranges::copy_if(values, std::back_inserter(finite),
                       [](double v) { return std::isfinite(v); });
  return peak_of(finite);
}

void compare_results(const OpCase& c, const TensorType& type, const HostTensor& expected,
                     const std::vector<std::byte>& bytes) {
  const std::vector<double> actual = result_values(bytes, type);
  ASSERT_EQ(actual.size(), expected.data.size());
  const double allowed = tolerance(c, type, {finite_peak(expected.data)});
  for (size_t i = 0; i < actual.size(); ++i) {
    SCOPED_TRACE(cat("element ", i));
    compare_class(actual[i], expected.data[i], allowed);
    if (testing::Test::HasFatalFailure()) return;
  }
}

void compare_states(const OpCase& c, Material& state, const HostTensor& expected) {
  for (const auto& [key, record] : expected.records) {
    for (size_t i = 0; i < record.size(); ++i) {
      const auto at = static_cast<int64_t>(i);
      const int64_t head_dim = state.view.head_dim;
      const uint16_t half =
          *slot(state, key.second, at / head_dim, at % head_dim, holds_keys(c, 0));
      compare_class(static_cast<double>(f16_to_f32(half)), record[i], 0);
    }
  }
}

void run_all_kernels(const OpSemantics& op, const OpCase& c, const std::vector<Material>& operands,
                     const std::vector<TensorType>& types) {
  const std::vector<HostTensor> expected = run_reference(op, c, operands, types);
  for (const Isa isa : supported_isas()) {
    Bench probe(op, c, operands, types, {.isa = isa});
    for (const CpuKernel* kernel : accepting(probe.binding())) {
      SCOPED_TRACE(cat(kernel->variant, " on ", name_of(isa)));
      Bench bench(op, c, operands, types, {.isa = isa});
      const KernelRun run = bench.run(*kernel);
      if (c.operands[0].is_state) {
        compare_states(c, bench.operand(0), expected[0]);
      } else {
        for (size_t r = 0; r < types.size(); ++r) {
          compare_results(c, types[r], expected[r], run.results[r]);
        }
      }
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

bool takes_floats(const CaseOperand& operand) {
  return operand.present && !operand.is_state && operand.dtype == DType::f32 &&
         operand.fill != ir::Fill::blocks && Dims(operand.shape).elements() > 0;
}

TEST(OpContract, NanAndInfinitiesComeOutAsTheReferenceHasThem) {
  for_each_case([&](const OpSemantics& op, const OpCase& c, const std::vector<Material>& operands,
                    const std::vector<TensorType>& types) {
    for (size_t i = 0; i < c.operands.size(); ++i) {
      // What infer reads it refuses, if it must, before any kernel runs.
      const bool inferred = i < 32 && (op.op->value_operands >> i & 1) != 0;
      if (inferred || !takes_floats(c.operands[i])) continue;
      for (const double value : kSpecial) {
        const size_t last = operands[i].host.data.size() - 1;
        for (const size_t at : {size_t{0}, last / 2, last}) {
          SCOPED_TRACE(cat(value, " at ", at, " of operand ", i));
          run_all_kernels(op, c, poisoned(operands, i, at, value), types);
          if (testing::Test::HasFatalFailure()) return;
        }
      }
    }
  });
}

}  // namespace
}  // namespace hone::test
