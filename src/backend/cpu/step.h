// A step as the CPU back end runs it: an op bound to buffers, cut into tiles that any thread may
// take in any order; a tile's result does not depend on who computes it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/cpu/isa.h"
#include "backend/cpu/kv_layout.h"
#include "engine/precision.h"
#include "ops/define.h"
#include "tensor/layout/layout.h"
#include "tensor/view.h"

namespace hone {

// One operand or result of a step. The buffer belongs to the session.
struct Operand {
  View view;  // data is null when the operand is absent
  std::string_view layout = kCanonicalLayout;
  const KvView* state = nullptr;  // instead of a view, for a state
  bool is_input = false;          // given from outside at each run: not to be believed
  bool is_constant = false;       // its elements are there when the step is bound, and stay
  bool is_weight = false;         // and lie there as long as the session lives
  bool present() const { return view.data != nullptr || state != nullptr; }
};

class PackedWeights;

inline constexpr int kMostGrain = 2;

struct StepBinding {
  const OpDef* op = nullptr;
  const Attrs* attrs = nullptr;
  std::vector<Operand> operands;
  std::vector<Operand> results;
  Isa isa = Isa::scalar;
  int threads = 1;  // a hint for the number of tiles
  // Tiles of about 2^grain times the size that the kernel would choose, -kMostGrain to kMostGrain;
  // what they compute is the same.
  int grain = 0;
  Precision precision = Precision::f32;  // that is allowed
  PackedWeights* packed = nullptr;       // packed_weights.h
};

// Bytes of its own that a running thread may use, at least scratch_bytes() of the step, 64-byte
// aligned.
using Scratch = std::span<std::byte>;

class CpuStep {
 public:
  virtual ~CpuStep() = default;
  virtual int64_t tiles() const = 0;
  virtual size_t scratch_bytes() const { return 0; }
  // Before each run, when the plan's inputs are in place: whether the indices, positions and
  // sequences among its operands that are inputs can be followed.
  virtual Status check() const { return {}; }
  virtual void run(int64_t tile, Scratch scratch) = 0;
};

// A way to compute an op. Variants of one op stand best first; the last, "generic", takes
// everything that the op's contract allows.
struct CpuKernel {
  std::string_view op;
  std::string_view variant;
  bool (*accepts)(const StepBinding&);
  std::unique_ptr<CpuStep> (*bind)(const StepBinding&);
  // Its numeric class: variants of an op that name the same one give the same bits wherever both
  // accept. Empty: it is like no other.
  std::string_view numerics = {};
  bool has_grain = false;  // bind() heeds StepBinding::grain
  // The layout in which it reads the operand kPackedOperand where that is a weight, by way of
  // PackedWeight (packed_weights.h): what is stored so is used where it lies. Canonical, or
  // null: it wants that operand as it is, like all others.
  std::string_view (*weight_layout)(const StepBinding&) = nullptr;
  // It computes in that, and is taken only where the binding allows it.
  Precision precision = Precision::f32;
  // The name of the instruction set without which it accepts nothing; empty: there is none.
  std::string_view needs = {};
};

inline constexpr size_t kPackedOperand = 1;

// `size` of something in a tile, as the binding's grain wants it.
inline int64_t with_grain(const StepBinding& binding, int64_t size) {
  return binding.grain >= 0 ? size << binding.grain : std::max<int64_t>(1, size >> -binding.grain);
}

// The check of steps that follow positions of sequences into a state.
Status check_positions(const KvView& state, const Operand& position, const Operand& sequence);

// Every kernel of every op.
std::span<const CpuKernel> cpu_kernels(std::string_view op);
const CpuKernel* choose_kernel(const StepBinding& binding);
// What such a kernel wants of the binding's weight: a layout, or canonical.
std::string_view weight_layout(const CpuKernel& kernel, const StepBinding& binding);
// The step of a kernel that accepts the binding. Weights in layouts that it does not read are made
// canonical for it, once a session.
std::unique_ptr<CpuStep> bind_kernel(const CpuKernel& kernel, const StepBinding& binding);
// The chosen kernel's step; or, where 16- and 8-bit floats are the only hindrance, one that
// computes in f32. Null if no kernel can run it.
struct ChosenStep {
  std::string_view variant;
  std::unique_ptr<CpuStep> step;
  int grain = 0;
};
ChosenStep bind_step(const StepBinding& binding);

}  // namespace hone
