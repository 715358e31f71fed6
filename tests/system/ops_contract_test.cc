// The op contract: every op, every case, every kernel variant, every instruction set. Nobody writes
// an op's test by hand; an op brings cases, and this file holds what must be true of all of them.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <map>

#include "backend/cpu/q8_block.h"
#include "backend/cpu/step.h"
#include "ir/interpret.h"
#include "ir/semantics.h"
#include "ops/quantize_rows/reference.h"
#include "support/random_blocks.h"
#include "support/split_mix.h"
#include "tensor/float.h"
#include "tensor/layout/layout.h"

namespace hone {
namespace {

using ir::CaseOperand;
using ir::Fill;
using ir::HostTensor;
using ir::OpCase;
using ir::OpSemantics;

constexpr size_t kAlign = 64;

// Memory at an address that is `off` bytes from a 64-byte border, with guard bytes behind it.
class Buffer {
 public:
  Buffer() = default;
  Buffer(size_t bytes, size_t off) : bytes_(bytes), memory_(bytes + off + 2 * kAlign, kGuard) {
    const auto address = reinterpret_cast<uintptr_t>(memory_.data());
    start_ = (address + kAlign - 1) / kAlign * kAlign + off - address;
  }
  std::byte* data() { return memory_.data() + start_; }
  bool guards_hold() const {
    for (size_t i = start_ + bytes_; i < memory_.size(); ++i) {
      if (memory_[i] != kGuard) return false;
    }
    return true;
  }

 private:
  static constexpr std::byte kGuard{0x5a};
  size_t bytes_ = 0, start_ = 0;
  std::vector<std::byte> memory_;
};

// An operand as the reference sees it (host) and as kernels do (bytes, or a paged state).
struct Material {
  HostTensor host;
  std::vector<std::byte> bytes;
  std::vector<uint16_t> pages;  // of a state
  std::vector<int32_t> page_table;
  KvView view{};
};

double normal(test::SplitMix64& random) {
  double total = 0;  // Irwin-Hall: 12 numbers in [-1, 1) have variance 4
  for (int i = 0; i < 12; ++i) total += static_cast<double>(random.uniform());
  return total / 2;
}

void fill_numbers(const CaseOperand& operand, test::SplitMix64& random, HostTensor& host) {
  for (size_t i = 0; i < host.data.size(); ++i) {
    switch (operand.fill) {
      case Fill::index:
        host.data[i] = static_cast<double>(random.next() % static_cast<uint64_t>(operand.limit));
        break;
      case Fill::position:
        host.data[i] = static_cast<double>(operand.limit + static_cast<int64_t>(i));
        break;
      case Fill::sequence:
        host.data[i] = 0;
        break;
      case Fill::positive:
        host.data[i] = static_cast<double>(1 + random.uniform() / 2);
        break;
      default:
        host.data[i] = static_cast<double>(static_cast<float>(normal(random)));
    }
  }
}

template <class T>
std::vector<std::byte> to_bytes(const std::vector<double>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  for (size_t i = 0; i < values.size(); ++i) {
    const T value = static_cast<T>(values[i]);
    std::memcpy(bytes.data() + i * sizeof(T), &value, sizeof(T));
  }
  return bytes;
}

// Host values that stand on the q8_a grid already, as blocks.
std::vector<std::byte> to_q8_blocks(std::vector<double>& values) {
  std::vector<Q8Block> blocks(values.size() / kQ8Elements);
  for (size_t b = 0; b < blocks.size(); ++b) {
    Q8Block& block = blocks[b];
    block = {};
    double peak = 0;
    double* x = values.data() + b * kQ8Elements;
    for (int i = 0; i < kQ8Elements; ++i) peak = std::max(peak, std::fabs(x[i]));
    block.scale = static_cast<float>(peak) / 127.0f;
    for (int i = 0; i < kQ8Elements; ++i) {
      block.codes[i] = static_cast<int8_t>(std::lround(x[i] * 127.0 / peak));
      x[i] = static_cast<double>(block.scale) * block.codes[i];
      block.sum += block.codes[i];
      if (i < 16) block.low_sum += block.codes[i];
    }
    block.scaled_sum = block.scale * static_cast<float>(block.sum);
  }
  std::vector<std::byte> bytes(blocks.size() * sizeof(Q8Block));
  std::memcpy(bytes.data(), blocks.data(), bytes.size());
  return bytes;
}

uint16_t* slot(Material& m, int64_t position, int64_t head, int64_t d, bool keys) {
  const KvView& v = m.view;
  uint16_t* page =
      v.base + v.page_tables[position / kKvPage] * v.page_elements + head * kKvPage * v.head_dim;
  const int64_t at = position % kKvPage;
  if (!keys) return page + at * v.head_dim + d;
  return page + (at / kKvGroup * v.head_dim + d) * kKvGroup + at % kKvGroup;
}

// A paged state with pages out of order and NaN wherever nothing was written.
void make_state(const CaseOperand& operand, test::SplitMix64& random, bool keys, Material& m) {
  const int64_t heads = operand.shape[0], head_dim = operand.shape[1];
  const int64_t pages = (operand.limit + 64) / kKvPage + 4;
  m.view = {nullptr, heads * kKvPage * head_dim, nullptr, pages, heads, head_dim, 1};
  m.pages.assign(static_cast<size_t>(pages * m.view.page_elements), uint16_t{0x7e00});
  for (int64_t p = 0; p < pages; ++p) m.page_table.push_back(static_cast<int32_t>(pages - 1 - p));
  m.view.base = m.pages.data();
  m.view.page_tables = m.page_table.data();
  for (int64_t position = 0; position < operand.limit; ++position) {
    std::vector<double> record;
    for (int64_t i = 0; i < heads * head_dim; ++i) {
      const uint16_t half = f32_to_f16(static_cast<float>(normal(random)));
      *slot(m, position, i / head_dim, i % head_dim, keys) = half;
      record.push_back(static_cast<double>(f16_to_f32(half)));
    }
    m.host.records[{0, position}] = std::move(record);
  }
}

// Whether a state operand holds keys: attention's first, or what cache_write says.
bool holds_keys(const OpCase& c, size_t index) {
  return index == 1 || c.attrs.text().find("part=key") != std::string::npos;
}

Material make_operand(const OpCase& c, size_t index, test::SplitMix64& random) {
  const CaseOperand& operand = c.operands[index];
  Material m;
  m.host.dtype = operand.dtype;
  m.host.shape = operand.shape;
  if (operand.is_state) {
    make_state(operand, random, holds_keys(c, index), m);
    return m;
  }
  const int64_t count = Dims(operand.shape).elements();
  if (operand.fill == Fill::blocks) {
    const std::string made = test::random_tensor(operand.dtype, count, 1.0f, random);
    m.bytes.assign(as_bytes(made).begin(), as_bytes(made).end());
    Shape shape(operand.shape.begin(), operand.shape.end());
    m.host = ir::decode({operand.dtype, shape}, m.bytes).value();
    return m;
  }
  m.host.data.resize(static_cast<size_t>(count));
  fill_numbers(operand, random, m.host);
  if (operand.dtype == DType::i32) m.bytes = to_bytes<int32_t>(m.host.data);
  if (operand.dtype == DType::f32) m.bytes = to_bytes<float>(m.host.data);
  if (operand.dtype == DType::q8_a) m.bytes = to_q8_blocks(m.host.data);
  return m;
}

std::vector<Material> make_operands(const OpCase& c) {
  test::SplitMix64 random(20261122);
  std::vector<Material> all;
  for (size_t i = 0; i < c.operands.size(); ++i) {
    all.push_back(c.operands[i].present ? make_operand(c, i, random) : Material{});
  }
  return all;
}

Expected<std::vector<TensorType>> infer(const OpSemantics& op, const OpCase& c) {
  std::vector<TensorType> types(c.operands.size());
  std::vector<const TensorType*> pointers(op.op->operands.size(), nullptr);
  for (size_t i = 0; i < c.operands.size(); ++i) {
    const std::vector<int64_t>& shape = c.operands[i].shape;
    types[i] = {c.operands[i].dtype, Shape(shape.begin(), shape.end())};
    if (c.operands[i].present) pointers[i] = &types[i];
  }
  return op.op->infer(c.attrs, pointers);
}

std::vector<HostTensor> run_reference(const OpSemantics& op, const OpCase& c,
                                      const std::vector<Material>& operands,
                                      const std::vector<TensorType>& types) {
  std::vector<const HostTensor*> pointers(op.op->operands.size(), nullptr);
  for (size_t i = 0; i < operands.size(); ++i) {
    if (c.operands[i].present) pointers[i] = &operands[i].host;
  }
  std::vector<HostTensor> results(types.size());
  for (size_t i = 0; i < types.size(); ++i) {
    results[i].dtype = types[i].dtype;
    for (const Dim& dim : types[i].shape) results[i].shape.push_back(dim.value());
    results[i].data.resize(static_cast<size_t>(Dims(results[i].shape).elements()));
    if (!op.op->aliases.empty()) {
      results[i].records = pointers[static_cast<size_t>(op.op->aliases[i])]->records;
    }
  }
  op.reference({c.attrs, pointers, results});
  return results;
}

// One run of one kernel: result bytes, or the state as it stands afterwards.
struct KernelRun {
  std::vector<std::byte> bytes;
  std::vector<uint16_t> state;
};

struct Setup {
  Isa isa = Isa::scalar;
  size_t misalign = 0;
  bool packed = false;     // constant weights in the layout matmul wants
  bool backwards = false;  // tiles in reverse order
  int threads = 2;
};

class Bench {
 public:
  Bench(const OpSemantics& op, const OpCase& c, std::vector<Material> operands,
        const TensorType& result, const Setup& setup)
      : case_(c), operands_(std::move(operands)), setup_(setup) {
    binding_.op = op.op;
    binding_.attrs = &c.attrs;
    binding_.isa = setup.isa;
    binding_.threads = setup.threads;
    for (size_t i = 0; i < operands_.size(); ++i) {
      if (c.operands[i].present) bind_operand(i);
    }
    std::vector<int64_t> shape;
    for (const Dim& dim : result.shape) shape.push_back(dim.value());
    result_bytes_ = static_cast<size_t>(size_bytes(result.dtype, Dims(shape)));
    result_ = Buffer(result_bytes_, setup.misalign);
    binding_.results[0].view = {result_.data(), result.dtype, Dims(shape)};
  }

  const StepBinding& binding() const { return binding_; }

  KernelRun run(const CpuKernel& kernel) {
    const std::unique_ptr<CpuStep> step = kernel.bind(binding_);
    Buffer scratch(step->scratch_bytes(), 0);
    const int64_t tiles = step->tiles();
    for (int64_t i = 0; i < tiles; ++i) {
      step->run(setup_.backwards ? tiles - 1 - i : i, {scratch.data(), step->scratch_bytes()});
    }
    EXPECT_TRUE(scratch.guards_hold()) << "writes beyond its scratch";
    EXPECT_TRUE(result_.guards_hold()) << "writes beyond its result";
    KernelRun out;
    out.bytes.assign(result_.data(), result_.data() + result_bytes_);
    out.state = operands_[0].pages;
    return out;
  }
  Material& operand(size_t i) { return operands_[i]; }

 private:
  void bind_operand(size_t i) {
    Material& m = operands_[i];
    Operand& target = binding_.operands[i];
    if (case_.operands[i].is_state) {
      m.view.base = m.pages.data();
      m.view.page_tables = m.page_table.data();
      target.state = &m.view;
      return;
    }
    const Dims dims(m.host.shape);
    const Layout* layout = find_layout(matmul_layout(m.host.dtype));
    if (setup_.packed && case_.operands[i].fill == Fill::blocks && layout != nullptr) {
      std::vector<std::byte> packed(static_cast<size_t>(layout->packed_bytes(dims[0], dims[1])));
      const int64_t panels = (dims[0] + layout->panel_rows - 1) / layout->panel_rows;
      layout->pack(m.bytes, dims[0], dims[1], 0, panels, packed);
      m.bytes = std::move(packed);
      target.layout = layout->id;
    }
    buffers_.emplace_back(m.bytes.size(), layout != nullptr ? 0 : setup_.misalign);
    std::memcpy(buffers_.back().data(), m.bytes.data(), m.bytes.size());
    target.view = {buffers_.back().data(), m.host.dtype, dims};
  }

  const OpCase& case_;
  std::vector<Material> operands_;
  Setup setup_;
  std::vector<Buffer> buffers_ = [] {
    std::vector<Buffer> none;
    none.reserve(kMaxOperands);
    return none;
  }();
  Buffer result_;
  size_t result_bytes_ = 0;
  StepBinding binding_;
};

std::vector<double> result_values(const KernelRun& run, const TensorType& type) {
  std::vector<double> values;
  if (type.dtype == DType::q8_a) {
    std::vector<Q8Block> blocks(run.bytes.size() / sizeof(Q8Block));
    std::memcpy(blocks.data(), run.bytes.data(), run.bytes.size());
    for (const Q8Block& block : blocks) {
      int32_t sum = 0;
      for (int i = 0; i < kQ8Elements; ++i) {
        values.push_back(static_cast<double>(block.scale) * block.codes[i]);
        sum += block.codes[i];
        if (i == 15) {
          EXPECT_EQ(sum, block.low_sum);
        }
      }
      EXPECT_EQ(sum, block.sum);
    }
    return values;
  }
  std::vector<float> floats(run.bytes.size() / sizeof(float));
  std::memcpy(floats.data(), run.bytes.data(), run.bytes.size());
  values.assign(floats.begin(), floats.end());
  return values;
}

double peak_of(const std::vector<double>& values) {
  double peak = 1e-30;
  for (const double v : values) peak = std::max(peak, std::fabs(v));
  return peak;
}

// What a result may differ by: roundings of the largest value; a whole code where a quantized one
// stands on the border between two.
double tolerance(const OpCase& c, const TensorType& type, const std::vector<double>& expected) {
  const double ulps = c.tolerance_ulps * 1.2e-7 * peak_of(expected);
  return type.dtype == DType::q8_a ? ulps + 1.001 * peak_of(expected) / 127 : ulps;
}

void compare(const OpCase& c, const TensorType& type, const HostTensor& expected,
             const KernelRun& run) {
  const std::vector<double> actual = result_values(run, type);
  ASSERT_EQ(actual.size(), expected.data.size());
  const double allowed = tolerance(c, type, expected.data);
  for (size_t i = 0; i < actual.size(); ++i) {
    ASSERT_NEAR(actual[i], expected.data[i], allowed) << "element " << i;
  }
}

void compare_state(const OpCase& c, Bench& bench, const HostTensor& expected) {
  Material& m = bench.operand(0);
  const KvView& v = m.view;
  const bool keys = holds_keys(c, 0);
  for (const auto& [key, record] : expected.records) {
    for (size_t i = 0; i < record.size(); ++i) {
      const auto at = static_cast<int64_t>(i);
      const uint16_t half = *slot(m, key.second, at / v.head_dim, at % v.head_dim, keys);
      ASSERT_EQ(static_cast<double>(f16_to_f32(half)), record[i]) << "position " << key.second;
    }
  }
}

// Calls body(semantics, case, operands, result types) for every case of every op.
template <class Body>
void for_each_case(Body body) {
  for (const OpSemantics* op : ir::all_semantics()) {
    const auto cases = op->cases();
    EXPECT_FALSE(cases.empty()) << op->op->name << " has no cases";
    for (const OpCase& c : cases) {
      SCOPED_TRACE(cat(op->op->name, " / ", c.name));
      const auto types = infer(*op, c);
      ASSERT_TRUE(types) << types.error().text();
      body(*op, c, make_operands(c), *types);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

// The kernels that accept a case under a setup.
std::vector<const CpuKernel*> accepting(const StepBinding& binding) {
  std::vector<const CpuKernel*> list;
  for (const CpuKernel& kernel : cpu_kernels(binding.op->name)) {
    if (kernel.accepts(binding)) list.push_back(&kernel);
  }
  return list;
}

TEST(OpContract, EveryKernelAgreesWithTheReference) {
  std::map<std::string, int> runs;  // by variant: each must have been tried
  for_each_case([&](const OpSemantics& op, const OpCase& c, const std::vector<Material>& operands,
                    const std::vector<TensorType>& types) {
    const std::vector<HostTensor> expected = run_reference(op, c, operands, types);
    bool any = false;
    for (const Isa isa : supported_isas()) {
      for (const bool packed : {false, true}) {
        for (const size_t misalign : {size_t{0}, size_t{4}}) {
          Bench probe(op, c, operands, types[0], {isa, misalign, packed});
          for (const CpuKernel* kernel : accepting(probe.binding())) {
            SCOPED_TRACE(cat(kernel->variant, " on ", name_of(isa)));
            Bench bench(op, c, operands, types[0], {isa, misalign, packed});
            const KernelRun run = bench.run(*kernel);
            any = true;
            ++runs[cat(kernel->op, "/", kernel->variant)];
            if (c.operands[0].is_state) {
              compare_state(c, bench, expected[0]);
            } else {
              compare(c, types[0], expected[0], run);
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
      EXPECT_GT(runs[cat(kernel.op, "/", kernel.variant)], 0)
          << kernel.op << "/" << kernel.variant << " is reached by no case";
    }
  }
}

TEST(OpContract, TilesMayRunInAnyOrderAndNumber) {
  for_each_case([&](const OpSemantics& op, const OpCase& c, const std::vector<Material>& operands,
                    const std::vector<TensorType>& types) {
    for (const bool packed : {false, true}) {
      Bench first(op, c, operands, types[0], {best_isa(), 0, packed, false, 1});
      for (const CpuKernel* kernel : accepting(first.binding())) {
        const KernelRun forwards = first.run(*kernel);
        Bench again(op, c, operands, types[0], {best_isa(), 0, packed, true, 16});
        const KernelRun backwards = again.run(*kernel);
        if (!c.operands[0].is_state) {
          ASSERT_EQ(forwards.bytes, backwards.bytes);
        }
        ASSERT_EQ(forwards.state, backwards.state);
      }
    }
  });
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
        Bench whole(*op, c, operands, types[0], {isa, 0, packed});
        for (const CpuKernel* kernel : accepting(whole.binding())) {
          const KernelRun together = whole.run(*kernel);
          OpCase one = c;
          one.operands[0].shape[0] = 1;
          std::vector<Material> alone = operands;
          alone[0].host.shape[0] = 1;
          const size_t stride = operands[0].bytes.size() / static_cast<size_t>(rows);
          alone[0].bytes.erase(alone[0].bytes.begin(),
                               alone[0].bytes.end() - static_cast<ptrdiff_t>(stride));
          TensorType type = types[0];
          type.shape[0] = Dim(1);
          Bench single(*op, one, alone, type, {isa, 0, packed});
          const KernelRun last = single.run(*kernel);
          ASSERT_TRUE(std::equal(last.bytes.begin(), last.bytes.end(),
                                 together.bytes.end() - static_cast<ptrdiff_t>(last.bytes.size())))
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
    const std::vector<double>& actual = outputs->begin()->second.data;
    const double allowed = tolerance(c, types[0], expected.data);
    for (size_t i = 0; i < actual.size(); ++i) ASSERT_NEAR(actual[i], expected.data[i], allowed);
  });
}

// Each constraint of the contract is refused by its label when one operand's dtype or shape is
// bent.
TEST(OpContract, BentOperandsAreRefusedByLabel) {
  for_each_case([&](const OpSemantics& op, const OpCase& c, const std::vector<Material>&,
                    const std::vector<TensorType>&) {
    for (size_t i = 0; i < c.operands.size(); ++i) {
      OpCase bent = c;
      bent.operands[i].dtype = DType::boolean;
      const auto refused = infer(op, bent);
      if (!c.operands[i].present || (op.op->name == "reshape" && i == 0) ||
          (i == 1 && op.op->name == "matmul") || (i == 0 && op.op->name == "gather")) {
        continue;  // these take any dtype
      }
      ASSERT_FALSE(refused) << "operand " << i;
      ASSERT_TRUE(refused.error().message.starts_with("C")) << refused.error().message;
    }
  });
}

TEST(OpContract, EveryOpHasKernelsReferenceAndUniqueCases) {
  for (const OpDef* op : all_ops()) {
    EXPECT_NE(ir::find_semantics(*op), nullptr) << op->name;
    EXPECT_FALSE(cpu_kernels(op->name).empty()) << op->name;
    EXPECT_FALSE(op->constraints.empty()) << op->name;
    EXPECT_FALSE(op->summary.empty()) << op->name;
    std::map<std::string, int> names;
    for (const OpCase& c : ir::find_semantics(*op)->cases()) {
      EXPECT_EQ(++names[c.name], 1) << op->name << " / " << c.name;
    }
  }
}

}  // namespace
}  // namespace hone
