// Weights that are stored as kernels read them: every kernel on every such layout, those of other
// instruction sets and of other kernels too.
#include <gtest/gtest.h>

#include <map>

#include "op_bench.h"

namespace hone::test {
namespace {

std::vector<const Layout*> layouts_of(const StepBinding& binding) {
  std::vector<const Layout*> all;
  if (binding.operands.size() <= kPackedOperand) return all;
  const Operand& weight = binding.operands[kPackedOperand];
  if (!weight.present() || weight.state != nullptr) return all;
  for (const Layout& layout : all_layouts()) {
    const DType dtype = weight.view.dtype;
    const bool fits = layout.dtype == dtype && !is_block_quantized(dtype) &&
                      layout.packed_bytes(weight.view.dims) >= 0;
    if (fits) all.push_back(&layout);
  }
  return all;
}

TEST(WeightLayouts, EveryKernelGivesTheSameBitsWhateverLayoutItsWeightIsStoredIn) {
  std::map<std::string, int> mapped;  // kernels by how often they read a weight where it lies
  for_each_case([&](const OpSemantics& op, const OpCase& c, const std::vector<Material>& operands,
                    const std::vector<TensorType>& types) {
    for (const Isa isa : supported_isas()) {
      const test::Setup setup{isa, 0, true};
      Bench plain(op, c, operands, types, setup);
      for (const Layout* layout : layouts_of(plain.binding())) {
        for (const CpuKernel* kernel : accepting(plain.binding())) {
          SCOPED_TRACE(cat(kernel->variant, " on ", name_of(isa), " of ", layout->id));
          size_t released = 0;
          PackedWeights packed_weights([&](Bytes bytes) { released += bytes.size(); });
          Bench stored(op, c, operands, types, setup);
          stored.store_weight(*layout, packed_weights);
          ASSERT_EQ(plain.run(*kernel).results, stored.run(*kernel).results);
          if (weight_layout(*kernel, stored.binding()) != layout->id) continue;
          ++mapped[cat(kernel->op, "/", kernel->variant)];
          EXPECT_EQ(packed_weights.bytes(), 0u) << "packed again";
          EXPECT_EQ(released, 0u);
        }
      }
    }
  });
  for (const OpSemantics* op : ir::all_semantics()) {
    for (const CpuKernel& kernel : cpu_kernels(op->op->name)) {
      if (kernel.weight_layout == nullptr || !runs_here(kernel)) continue;
      EXPECT_GT(mapped[cat(kernel.op, "/", kernel.variant)], 0)
          << kernel.op << "/" << kernel.variant << " read no case's weight where it lies";
    }
  }
}

}  // namespace
}  // namespace hone::test
