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

void compare_states(const OpCase& c, Material& state, const HostTensor& expected) {
  for (const auto& [key, record] : expected.records) {
    for (size_t i = 0; i < record.size(); ++i) {
      const auto at = static_cast<int64_t>(i);
      const int64_t head_dim = state.view.head_dim;
      const uint16_t half =
          *slot(state, key.second, at / head_dim, at % head_dim, holds_keys(c, 0));
      const auto actual = static_cast<double>(f16_to_f32(half));
      ASSERT_TRUE(is_near(actual, record[i], 0)) << actual << " instead of " << record[i];
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
        compare(c, types, expected, run);
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
