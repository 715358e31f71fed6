// What an op is, for the run half: attributes, contract, shapes and cost. Plain data; each op's
// shape.cc makes one OpDef. docs/add-an-op.md tells how to add one.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "ops/attrs.h"
#include "tensor/type.h"
#include "tensor/view.h"

namespace hone {

// An operand as infer sees it: its type, and its elements where they are known already.
struct OperandType : TensorType {
  ConstView known;  // data is null if they are known only when run
};
// An optional operand that is absent is null.
using OperandTypes = std::span<const OperandType* const>;

// Where an op's results are computed.
enum class Runs : uint8_t {
  in_plan,  // as a step of a plan: result types follow from operand types and `value_operands`
  at_bind,  // from the shapes of its operands alone, before anything runs ("shape")
  on_host,  // between plans, on owned tensors: result shapes follow from data, or are no tensors
};

struct Cost {
  double flops = 0;
  double bytes = 0;  // read and written, weights included
};

// Shapes with every symbol bound. For cost the positions of a state that a run sees come before its
// record's axes.
struct BoundType {
  DType dtype;
  Dims dims;
};
using BoundTypes = std::span<const BoundType* const>;

// Bytes that result 0 and an operand have in common: the result begins `behind` bytes behind the
// operand's first, or, if it is negative, the operand that much behind the result's. The smaller
// one's bytes are all in the larger one.
struct ByteView {
  size_t operand;
  int64_t behind;
};

struct OpDef {
  std::string_view name;
  std::string_view summary;                       // meaning in one sentence, with the source
  std::span<const std::string_view> operands;     // names; "bias?" is optional, a last "x*" repeats
  std::span<const std::string_view> results;      // names; a last "y*" repeats
  std::span<const std::string_view> constraints;  // "C1: ..." as infer enforces them
  Attrs (*default_attrs)();
  // Result types, or the error that names the violated constraint. Empty if elements that it must
  // read are not known yet.
  Expected<std::vector<TensorType>> (*infer)(const Attrs&, OperandTypes);
  Cost (*cost)(const Attrs&, BoundTypes operands, BoundTypes results);
  // Results that reuse an operand's storage: result i is operand aliases[i], or -1. Empty: none.
  std::span<const int> aliases = {};
  // Bit i: infer reads the elements of operand i, so that they must be known when a plan is bound.
  uint32_t value_operands = 0;
  Runs runs = Runs::in_plan;
  // Bit i: result 0 may be written over operand i where both have as many bytes, since kernels read
  // what stands at an element's place before they write it, and never later.
  uint32_t in_place = 0;
  // The operands that hold result 0's bytes, or whose bytes it holds, for such types: nothing need
  // be copied of those that stand so in memory, and kernels leave them alone. Null: never.
  std::vector<ByteView> (*views)(const Attrs&, OperandTypes, const TensorType& result) = nullptr;

  bool is_variadic() const { return !operands.empty() && operands.back().ends_with('*'); }
};

// What infer returns while elements that it must read are not known.
inline std::vector<TensorType> known_when_run() { return {}; }

// Every op, in alphabetical order (the list is made from the folders under ops/).
std::span<const OpDef* const> all_ops();
const OpDef* find_op(std::string_view name);

// Adapts typed functions of one attribute struct A to the plain pointers of OpDef.
template <class A, auto Infer, auto CostOf>
struct Typed {
  static Attrs default_attrs() { return A{}; }
  static Expected<std::vector<TensorType>> infer(const Attrs& attrs, OperandTypes operands) {
    return Infer(attrs.as<A>(), operands);
  }
  static Cost cost(const Attrs& attrs, BoundTypes operands, BoundTypes results) {
    return CostOf(attrs.as<A>(), operands, results);
  }
};

// Adapts a typed function to OpDef::views.
template <class A, auto ViewsOf>
std::vector<ByteView> typed_views(const Attrs& attrs, OperandTypes operands,
                                  const TensorType& result) {
  return ViewsOf(attrs.as<A>(), operands, result);
}

// fail_constraint("C2", "the weight must have one element a column, not ", n)
template <class... Parts>
std::unexpected<Error> fail_constraint(std::string_view label, const Parts&... parts) {
  return fail(Code::invalid_argument, label, ": ", parts...);
}

// Cost of an op that does `flops_per_element` on each element of its first result.
Cost elementwise_cost(double flops_per_element, BoundTypes operands, BoundTypes results);

double bytes_of(const BoundType& type);

}  // namespace hone
