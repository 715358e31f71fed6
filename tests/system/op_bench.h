// What the op contract's tests share: an op's case made into operands, run by its reference and by
// its kernels.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "backend/cpu/packed_weights.h"
#include "backend/cpu/q8_block.h"
#include "backend/cpu/step.h"
#include "reference/interpret.h"
#include "reference/semantics.h"
#include "support/random_blocks.h"
#include "support/split_mix.h"
#include "tensor/encode.h"
#include "tensor/float.h"
#include "tensor/layout/layout.h"

namespace hone::test {

using ir::CaseOperand;
using ir::Fill;
using ir::HostTensor;
using ir::OpCase;
using ir::OpSemantics;

inline constexpr size_t kAlign = 64;

// Whether this processor has what the kernel computes in, and its instruction set.
inline bool runs_here(const CpuKernel& kernel) {
  const auto is_needed = [&](Isa isa) { return name_of(isa) == kernel.needs; };
  if (!kernel.needs.empty() && std::ranges::none_of(supported_isas(), is_needed)) return false;
  return kernel.precision != Precision::bf16 || multiplies_bf16(best_isa());
}

// Memory at an address that is `off` bytes from a 64-byte border, with guard bytes behind it.
class Buffer {
 public:
  Buffer() = default;
  Buffer(size_t bytes, size_t off) : bytes_(bytes), memory_(bytes + off + 2 * kAlign, kGuard) {
    const auto address = reinterpret_cast<uintptr_t>(memory_.data());
    start_ = (address + kAlign - 1) / kAlign * kAlign + off - address;
  }
  std::byte* data() { return memory_.data() + start_; }
  size_t bytes() const { return bytes_; }
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

inline double normal(test::SplitMix64& random) {
  double total = 0;  // Irwin-Hall: 12 numbers in [-1, 1) have variance 4
  for (int i = 0; i < 12; ++i) total += static_cast<double>(random.uniform());
  return total / 2;
}

inline void fill_numbers(const CaseOperand& operand, test::SplitMix64& random, HostTensor& host) {
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
      case Fill::fraction:
        host.data[i] = static_cast<double>(random.uniform());
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
inline std::vector<std::byte> to_q8_blocks(std::vector<double>& values) {
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

inline uint16_t* slot(Material& m, int64_t position, int64_t head, int64_t d, bool keys) {
  const KvView& v = m.view;
  uint16_t* page =
      v.base + v.page_tables[position / kKvPage] * v.page_elements + head * kKvPage * v.head_dim;
  const int64_t at = position % kKvPage;
  if (!keys) return page + at * v.head_dim + d;
  return page + (at / kKvGroup * v.head_dim + d) * kKvGroup + at % kKvGroup;
}

// A paged state with pages out of order and NaN wherever nothing was written.
inline void make_state(const CaseOperand& operand, test::SplitMix64& random, bool keys,
                       Material& m) {
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
inline bool holds_keys(const OpCase& c, size_t index) {
  return index == 1 || c.attrs.text().find("part=key") != std::string::npos;
}

inline Material make_operand(const OpCase& c, size_t index, test::SplitMix64& random) {
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
  if (operand.dtype == DType::q8_a) {
    m.bytes = to_q8_blocks(m.host.data);
    return m;
  }
  // The reference sees what the kernel sees: each number as its dtype stores it.
  const auto size = static_cast<size_t>(info(operand.dtype).block_bytes);
  m.bytes.resize(m.host.data.size() * size);
  for (size_t i = 0; i < m.host.data.size(); ++i) {
    encode_element(operand.dtype, m.host.data[i], m.bytes.data() + i * size);
    m.host.data[i] = decode_element(operand.dtype, m.bytes.data() + i * size);
  }
  return m;
}

inline std::vector<Material> make_operands(const OpCase& c) {
  test::SplitMix64 random(20261122);
  std::vector<Material> all;
  for (size_t i = 0; i < c.operands.size(); ++i) {
    all.push_back(c.operands[i].present ? make_operand(c, i, random) : Material{});
  }
  return all;
}

inline Expected<std::vector<TensorType>> infer(const OpSemantics& op, const OpCase& c) {
  std::vector<Material> operands;  // infer reads the elements of some
  if (op.op->value_operands != 0) operands = make_operands(c);
  std::vector<OperandType> types(c.operands.size());
  std::vector<const OperandType*> pointers(std::max(op.op->operands.size(), c.operands.size()));
  for (size_t i = 0; i < c.operands.size(); ++i) {
    const std::vector<int64_t>& shape = c.operands[i].shape;
    types[i] = {{c.operands[i].dtype, Shape(shape.begin(), shape.end())}, {}};
    if (op.op->value_operands >> i & 1) {
      types[i].known = {operands[i].bytes.data(), c.operands[i].dtype, Dims(shape)};
    }
    if (c.operands[i].present) pointers[i] = &types[i];
  }
  return op.op->infer(c.attrs, pointers);
}

inline std::vector<HostTensor> run_reference(const OpSemantics& op, const OpCase& c,
                                             const std::vector<Material>& operands,
                                             const std::vector<TensorType>& types) {
  std::vector<const HostTensor*> pointers(std::max(op.op->operands.size(), c.operands.size()));
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

// Operands that bf16 holds, so that a kernel which rounds to it changes none of them.
inline std::vector<Material> held_by_bf16(std::vector<Material> operands) {
  for (Material& m : operands) {
    if (m.host.dtype != DType::f32 || m.bytes.empty()) continue;
    for (double& x : m.host.data) {
      x = static_cast<double>(bf16_to_f32(f32_to_bf16(static_cast<float>(x))));
    }
    m.bytes = to_bytes<float>(m.host.data);
  }
  return operands;
}

// One run of one kernel: the bytes of each result, or the state as it stands afterwards.
struct KernelRun {
  std::vector<std::vector<std::byte>> results;
  std::vector<uint16_t> state;
};

struct Setup {
  Isa isa = Isa::scalar;
  size_t misalign = 0;
  bool packed = false;     // operands but the first are constants, weights in the wanted layout
  bool backwards = false;  // tiles in reverse order
  int threads = 2;
  int grain = 0;
};

// How far from a 64-byte border a tensor of this dtype is put: kernels may count on nothing but its
// elements' own alignment.
inline size_t misaligned_by(const Setup& setup, DType dtype) {
  const DTypeInfo& type = info(dtype);
  if (setup.misalign == 0 || type.block_elements > 1) return setup.misalign;
  return std::max(setup.misalign, static_cast<size_t>(type.block_bytes));
}

class Bench {
 public:
  Bench(const OpSemantics& op, const OpCase& c, std::vector<Material> operands,
        const std::vector<TensorType>& results, const Setup& setup)
      : case_(c), operands_(std::move(operands)), setup_(setup) {
    binding_.op = op.op;
    binding_.attrs = &c.attrs;
    binding_.isa = setup.isa;
    binding_.threads = setup.threads;
    binding_.grain = setup.grain;
    binding_.operands.resize(std::max(operands_.size(), op.op->operands.size()));
    for (size_t i = 0; i < operands_.size(); ++i) {
      if (c.operands[i].present) bind_operand(i);
    }
    results_.reserve(results.size());
    for (const TensorType& result : results) {
      const Dims dims(result.shape, {});
      const auto bytes = static_cast<size_t>(size_bytes(result.dtype, dims));
      results_.emplace_back(bytes, misaligned_by(setup, result.dtype));
      Operand& target = binding_.results.emplace_back();
      target.view = {results_.back().data(), result.dtype, dims};
    }
  }

  const StepBinding& binding() const { return binding_; }

  KernelRun run(const CpuKernel& kernel) {
    const std::unique_ptr<CpuStep> step = bind_kernel(kernel, binding_);
    Buffer scratch(step->scratch_bytes(), 0);
    const int64_t tiles = step->tiles();
    for (int64_t i = 0; i < tiles; ++i) {
      step->run(setup_.backwards ? tiles - 1 - i : i, {scratch.data(), step->scratch_bytes()});
    }
    EXPECT_TRUE(scratch.guards_hold()) << "writes beyond its scratch";
    KernelRun out;
    for (size_t r = 0; r < results_.size(); ++r) {
      EXPECT_TRUE(results_[r].guards_hold()) << "writes beyond its result";
      const std::byte* data = binding_.results[r].view.data;
      out.results.emplace_back(data, data + results_[r].bytes());
    }
    out.state = operands_[0].pages;
    return out;
  }
  Material& operand(size_t i) { return operands_[i]; }
  // The weight is stored in `layout`, as in an engine.
  void store_weight(const Layout& layout, PackedWeights& packed_weights) {
    Operand& weight = binding_.operands[kPackedOperand];
    const auto bytes = packed(layout, operands_[kPackedOperand].bytes, weight.view.dims);
    buffers_.emplace_back(bytes.size(), 0);
    std::ranges::copy(bytes, buffers_.back().data());
    weight.view.data = buffers_.back().data();
    weight.layout = layout.id;
    weight.is_constant = weight.is_weight = true;
    binding_.packed = &packed_weights;
  }
  // The first result is written over operand i, which has as many bytes.
  void write_over(size_t i) { binding_.results[0].view.data = binding_.operands[i].view.data; }
  // Puts result and operand where they share bytes; how many.
  size_t share(const ByteView& view) {
    View &x = binding_.operands[view.operand].view, &y = binding_.results[0].view;
    const auto x_bytes = static_cast<size_t>(size_bytes(x.dtype, x.dims));
    const auto y_bytes = static_cast<size_t>(size_bytes(y.dtype, y.dims));
    if (view.behind >= 0 && static_cast<size_t>(view.behind) + y_bytes <= x_bytes) {
      y.data = x.data + view.behind;
      return y_bytes;
    }
    std::memcpy(y.data - view.behind, x.data, x_bytes);
    x.data = y.data - view.behind;
    return x_bytes;
  }

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
      const auto bytes = packed(*layout, m.bytes, dims);
      m.bytes.assign(bytes.begin(), bytes.end());
      target.layout = layout->id;
    }
    buffers_.emplace_back(m.bytes.size(),
                          layout != nullptr ? 0 : misaligned_by(setup_, m.host.dtype));
    std::ranges::copy(m.bytes, buffers_.back().data());
    target.view = {buffers_.back().data(), m.host.dtype, dims};
    target.is_constant = setup_.packed && i > 0;
  }

  const OpCase& case_;
  std::vector<Material> operands_;
  Setup setup_;
  std::vector<Buffer> buffers_ = [] {
    std::vector<Buffer> none;
    none.reserve(64);  // operands of a case; buffers do not move
    return none;
  }();
  std::vector<Buffer> results_;
  StepBinding binding_;
};

inline std::vector<double> result_values(const std::vector<std::byte>& bytes,
                                         const TensorType& type) {
  std::vector<double> values;
  if (type.dtype == DType::q8_a) {
    std::vector<Q8Block> blocks(bytes.size() / sizeof(Q8Block));
    std::memcpy(blocks.data(), bytes.data(), bytes.size());
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
  const auto size = static_cast<size_t>(info(type.dtype).block_bytes);
  for (size_t i = 0; i + size <= bytes.size(); i += size) {
    values.push_back(decode_element(type.dtype, bytes.data() + i));
  }
  return values;
}

inline double peak_of(const std::vector<double>& values) {
  double peak = 1e-30;
  for (const double v : values) {
    if (std::isfinite(v)) peak = std::max(peak, std::fabs(v));
  }
  return peak;
}

// What a result may differ by: roundings of the largest value; a whole code where a quantized one
// stands on the border between two.
inline double tolerance(const OpCase& c, const TensorType& type,
                        const std::vector<double>& expected) {
  const double ulps = c.tolerance_ulps * 1.2e-7 * peak_of(expected);
  return type.dtype == DType::q8_a ? ulps + 1.001 * peak_of(expected) / 127 : ulps;
}

// Infinities and NaN are met exactly.
inline bool is_near(double actual, double expected, double allowed) {
  if (actual == expected || (std::isnan(actual) && std::isnan(expected))) return true;
  return std::isfinite(expected) && std::fabs(actual - expected) <= allowed;
}

inline void compare_values(const std::vector<double>& actual, const std::vector<double>& expected,
                           double allowed) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    ASSERT_TRUE(is_near(actual[i], expected[i], allowed))
        << "element " << i << " is " << actual[i] << " instead of " << expected[i] << " within "
        << allowed;
  }
}

// `wider`: how many times as much results may differ.
inline void compare(const OpCase& c, const std::vector<TensorType>& types,
                    const std::vector<HostTensor>& expected, const KernelRun& run,
                    double wider = 1) {
  for (size_t r = 0; r < types.size(); ++r) {
    SCOPED_TRACE(cat("result ", r));
    const std::vector<double>& wanted = expected[r].data;
    compare_values(result_values(run.results[r], types[r]), wanted,
                   wider * tolerance(c, types[r], wanted));
  }
}

inline void compare_state(const OpCase& c, Bench& bench, const HostTensor& expected) {
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
inline std::vector<const CpuKernel*> accepting(const StepBinding& binding) {
  std::vector<const CpuKernel*> list;
  for (const CpuKernel& kernel : cpu_kernels(binding.op->name)) {
    if (kernel.accepts(binding)) list.push_back(&kernel);
  }
  return list;
}

}  // namespace hone::test
