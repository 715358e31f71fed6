// The op contract: every op, every case, every kernel variant, every instruction set. Nobody writes
// an op's test by hand; an op brings cases, and this file holds what must be true of all of them.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "backend/cpu/known_operands.h"
#include "op_bench.h"

namespace hone::test {
namespace {

// Its rounding errors, by those of plain sums: Winograd's are about twice as large, and scatter.
double errors_of(const CpuKernel& kernel) {
  return kernel.precision == Precision::winograd ? 4 : 1;
}

// Kernels that round to bf16 are held against the reference on operands that bf16 holds.
TEST(OpContract, EveryKernelAgreesWithTheReference) {
  std::map<std::string, int> runs;  // by variant: each must have been tried
  for_each_case([&](const OpSemantics& op, const OpCase& c, const std::vector<Material>& operands,
                    const std::vector<TensorType>& types) {
    const std::vector<HostTensor> expected = run_reference(op, c, operands, types);
    const std::vector<Material> coarse = held_by_bf16(operands);
    const std::vector<HostTensor> expected_coarse = run_reference(op, c, coarse, types);
    bool any = false;
    for (const Isa isa : supported_isas()) {
      for (const bool packed : {false, true}) {
        for (const size_t misalign : {size_t{0}, size_t{4}}) {
          Bench probe(op, c, operands, types, {isa, misalign, packed});
          for (const CpuKernel* kernel : accepting(probe.binding())) {
            SCOPED_TRACE(cat(kernel->variant, " on ", name_of(isa)));
            const bool is_exact = kernel->precision != Precision::bf16;
            Bench bench(op, c, is_exact ? operands : coarse, types, {isa, misalign, packed});
            const KernelRun run = bench.run(*kernel);
            any = any || kernel->precision == Precision::f32;
            ++runs[cat(kernel->op, "/", kernel->variant)];
            if (c.operands[0].is_state) {
              compare_state(c, bench, expected[0]);
            } else {
              compare(c, types, is_exact ? expected : expected_coarse, run, errors_of(*kernel));
            }
            if (testing::Test::HasFatalFailure()) return;
          }
        }
      }
    }
    EXPECT_TRUE(any) << "no kernel takes it";
  });
  for (const OpSemantics* op : ir::all_semantics()) {
    for (const CpuKernel& kernel : cpu_kernels(op->op->name)) {
      if (!runs_here(kernel)) continue;
      EXPECT_GT(runs[cat(kernel.op, "/", kernel.variant)], 0)
          << kernel.op << "/" << kernel.variant << " is reached by no case";
    }
  }
}

TEST(OpContract, TilesMayRunInAnyOrderAndNumber) {
  for_each_case([&](const OpSemantics& op, const OpCase& c, const std::vector<Material>& operands,
                    const std::vector<TensorType>& types) {
    for (const bool packed : {false, true}) {
      Bench first(op, c, operands, types, {best_isa(), 0, packed, false, 1});
      for (const CpuKernel* kernel : accepting(first.binding())) {
        const KernelRun forwards = first.run(*kernel);
        Bench again(op, c, operands, types, {best_isa(), 0, packed, true, 16});
        const KernelRun backwards = again.run(*kernel);
        if (!c.operands[0].is_state) {
          ASSERT_EQ(forwards.results, backwards.results);
        }
        ASSERT_EQ(forwards.state, backwards.state);
      }
    }
  });
}

// What a Tuning may exchange: kernels of one numeric class, and any size of tiles.
TEST(OpContract, AClassGivesTheSameBitsWithTilesOfAnySize) {
  std::map<std::string, int> classes;  // kernels that were held against another
  for_each_case([&](const OpSemantics& op, const OpCase& c, const std::vector<Material>& operands,
                    const std::vector<TensorType>& types) {
    for (const Isa isa : supported_isas()) {
      for (const bool packed : {false, true}) {
        Bench first(op, c, operands, types, {isa, 0, packed});
        std::map<std::string_view, std::pair<const CpuKernel*, KernelRun>> by_class;
        for (const CpuKernel* kernel : accepting(first.binding())) {
          const std::string_view name =
              kernel->numerics.empty() ? kernel->variant : kernel->numerics;
          for (int grain = -kMostGrain; grain <= (kernel->has_grain ? kMostGrain : -kMostGrain);
               ++grain) {
            SCOPED_TRACE(cat(kernel->variant, " with grain ", grain, " on ", name_of(isa)));
            Bench bench(op, c, operands, types, {isa, 0, packed, false, 2, grain});
            KernelRun run = bench.run(*kernel);
            const auto [known, is_new] = by_class.try_emplace(name, kernel, run);
            if (is_new) continue;
            const auto& [first_kernel, first_run] = known->second;
            ++classes[cat(kernel->op, "/", kernel->variant)];
            ++classes[cat(first_kernel->op, "/", first_kernel->variant)];
            ASSERT_EQ(first_run.results, run.results);
            ASSERT_EQ(first_run.state, run.state);
          }
        }
      }
    }
  });
  for (const OpSemantics* op : ir::all_semantics()) {
    for (const CpuKernel& kernel : cpu_kernels(op->op->name)) {
      if ((kernel.numerics.empty() && !kernel.has_grain) || !runs_here(kernel)) continue;
      EXPECT_GT(classes[cat(kernel.op, "/", kernel.variant)], 0)
          << kernel.op << "/" << kernel.variant << " was held against nothing";
    }
  }
}

bool may_take_place(const OpSemantics& op, const OpCase& c, const std::vector<TensorType>& types,
                    size_t operand) {
  if ((op.op->in_place >> operand & 1) == 0 || types.size() != 1) return false;
  const CaseOperand& given = c.operands[operand];
  return given.present && given.dtype == types[0].dtype &&
         Dims(given.shape).elements() == Dims(types[0].shape, {}).elements();
}

TEST(OpContract, AResultMayTakeTheOperandsPlaceThatItsOpNames) {
  std::set<std::string_view> tried;
  for_each_case([&](const OpSemantics& op, const OpCase& c, const std::vector<Material>& operands,
                    const std::vector<TensorType>& types) {
    for (size_t i = 0; i < c.operands.size(); ++i) {
      if (!may_take_place(op, c, types, i)) continue;
      for (const Isa isa : supported_isas()) {
        for (const bool packed : {false, true}) {
          for (const bool backwards : {false, true}) {
            const test::Setup setup{isa, 0, packed, backwards, 16};
            Bench apart(op, c, operands, types, setup);
            for (const CpuKernel* kernel : accepting(apart.binding())) {
              SCOPED_TRACE(cat(kernel->variant, " on ", name_of(isa), " over operand ", i));
              Bench over(op, c, operands, types, setup);
              over.write_over(i);
              ASSERT_EQ(apart.run(*kernel).results, over.run(*kernel).results);
              tried.insert(op.op->name);
            }
          }
        }
      }
    }
  });
  for (const OpDef* op : all_ops()) {
    EXPECT_EQ(op->in_place != 0, tried.contains(op->name)) << op->name;
  }
}

// Where operands and result share bytes as OpDef::views has them, nothing is left to copy.
TEST(OpContract, ViewsShareTheBytesThatTheirOpNames) {
  std::set<std::string_view> tried;
  for_each_case([&](const OpSemantics& op, const OpCase& c, const std::vector<Material>& operands,
                    const std::vector<TensorType>& types) {
    if (op.op->views == nullptr) return;
    Bench apart(op, c, operands, types, {});
    const KnownOperands known(apart.binding());
    const std::vector<ByteView> views = op.op->views(c.attrs, known.types(), types[0]);
    for (const CpuKernel* kernel : accepting(apart.binding())) {
      const KernelRun expected = apart.run(*kernel);
      Bench shared(op, c, operands, types, {});
      size_t bytes = 0;
      for (const ByteView& view : views) bytes += shared.share(view);
      ASSERT_EQ(expected.results, shared.run(*kernel).results);
      if (bytes < expected.results[0].size()) continue;
      EXPECT_EQ(bind_kernel(*kernel, shared.binding())->tiles(), 0);
      tried.insert(op.op->name);
    }
  });
  for (const OpDef* op : all_ops()) {
    EXPECT_EQ(op->views != nullptr, tried.contains(op->name)) << op->name;
  }
}

// Rows of a batch give the same bits alone as together: what makes chunking and batching invisible.
TEST(OpContract, MatmulRowsDoNotDependOnTheirNeighbours) {
  const OpSemantics* op = ir::find_semantics(*find_op("matmul"));
  for (const OpCase& c : op->cases()) {
    SCOPED_TRACE(c.name);
    const std::vector<Material> operands = make_operands(c);
    const auto types = infer(*op, c).value();
    if (c.operands.size() > 2) continue;
    const int64_t rows = c.operands[0].shape[0];
    for (const Isa isa : supported_isas()) {
      for (const bool packed : {false, true}) {
        Bench whole(*op, c, operands, types, {isa, 0, packed});
        for (const CpuKernel* kernel : accepting(whole.binding())) {
          const KernelRun together = whole.run(*kernel);
          OpCase one = c;
          one.operands[0].shape[0] = 1;
          std::vector<Material> alone = operands;
          alone[0].host.shape[0] = 1;
          const size_t stride = operands[0].bytes.size() / static_cast<size_t>(rows);
          alone[0].bytes.erase(alone[0].bytes.begin(),
                               alone[0].bytes.end() - static_cast<ptrdiff_t>(stride));
          std::vector<TensorType> type = types;
          type[0].shape[0] = Dim(1);
          Bench single(*op, one, alone, type, {isa, 0, packed});
          const KernelRun last = single.run(*kernel);
          const std::vector<std::byte>&own = last.results[0], &all = together.results[0];
          ASSERT_TRUE(
              std::equal(own.begin(), own.end(), all.end() - static_cast<ptrdiff_t>(own.size())))
              << kernel->variant << " on " << name_of(isa);
        }
      }
    }
  }
}

TEST(OpContract, ExpansionsMeanTheSame) {
  for_each_case([&](const OpSemantics& op, const OpCase& c, const std::vector<Material>& operands,
                    const std::vector<TensorType>& types) {
    if (op.expand == nullptr) return;
    ir::Builder builder;
    ir::Node node{
        .op = op.op, .name = "y", .attrs = c.attrs, .operands = {}, .results = {}, .subgraphs = {}};
    std::map<std::string, HostTensor> inputs;
    for (size_t i = 0; i < operands.size(); ++i) {
      const std::string name = cat("in", i);
      const std::vector<int64_t>& shape = c.operands[i].shape;
      node.operands.push_back(builder.graph().add_input(
          name, {c.operands[i].dtype, Shape(shape.begin(), shape.end())}));
      inputs[name] = operands[i].host;
    }
    const auto result = op.expand(builder, node);
    ASSERT_TRUE(result) << result.error().text();
    if (!*result) return;  // this case has nothing to expand
    builder.graph().outputs = {*result};
    auto graph = std::move(builder).finish();
    ASSERT_TRUE(graph) << graph.error().text();
    ir::HostStates states;
    const auto outputs = ir::interpret(*graph, inputs, states);
    ASSERT_TRUE(outputs) << outputs.error().text();
    const HostTensor expected = run_reference(op, c, operands, types)[0];
    compare_values(outputs->begin()->second.data, expected.data,
                   tolerance(c, types[0], expected.data));
  });
}

// An operand of another dtype is refused by a label of the contract, if the op does not take it.
TEST(OpContract, BentOperandsAreRefusedByLabel) {
  for_each_case([&](const OpSemantics& op, const OpCase& c, const std::vector<Material>&,
                    const std::vector<TensorType>&) {
    for (size_t i = 0; i < c.operands.size(); ++i) {
      OpCase bent = c;
      bent.operands[i].dtype = DType::boolean;
      const auto refused = infer(op, bent);
      if (!c.operands[i].present || refused) continue;
      ASSERT_TRUE(refused.error().message.starts_with("C")) << refused.error().message;
    }
  });
}

// An op's bad cases are each refused by their label, and between them name its whole contract.
TEST(OpContract, EveryConstraintIsRefusedByItsLabel) {
  for (const OpSemantics* op : ir::all_semantics()) {
    SCOPED_TRACE(op->op->name);
    std::set<std::string_view> labels, refused;
    for (const std::string_view constraint : op->op->constraints) {
      EXPECT_TRUE(labels.insert(constraint.substr(0, constraint.find(':'))).second);
      EXPECT_TRUE(constraint.starts_with(cat("C", labels.size(), ": "))) << constraint;
    }
    if (labels.empty()) continue;
    ASSERT_NE(op->bad_cases, nullptr);
    for (const ir::BadCase& bad : op->bad_cases()) {
      SCOPED_TRACE(bad.label);
      const auto result = infer(*op, {"bad", bad.attrs, bad.operands});
      ASSERT_FALSE(result) << "is accepted";
      EXPECT_TRUE(result.error().message.starts_with(cat(bad.label, ": ")))
          << result.error().message;
      refused.insert(bad.label);
    }
    EXPECT_EQ(refused, labels);
  }
}

TEST(OpContract, EveryOpHasKernelsReferenceAndUniqueCases) {
  for (const OpDef* op : all_ops()) {
    if (op->runs == Runs::on_host) continue;
    ASSERT_NE(ir::find_semantics(*op), nullptr) << op->name;
    EXPECT_FALSE(cpu_kernels(op->name).empty()) << op->name;
    EXPECT_FALSE(op->summary.empty()) << op->name;
    std::map<std::string, int> names;
    for (const OpCase& c : ir::find_semantics(*op)->cases()) {
      EXPECT_EQ(++names[c.name], 1) << op->name << " / " << c.name;
    }
  }
}

}  // namespace
}  // namespace hone::test
