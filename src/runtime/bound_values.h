// What the values of a plan are for one set of inputs: dtypes, shapes, and the elements of those
// that follow from shapes alone.
#pragma once

#include <vector>

#include "backend/cpu/isa.h"
#include "engine/plan.h"
#include "runtime/weights.h"
#include "tensor/tensor.h"

namespace hone {

struct BoundValues {
  std::vector<BoundType> types;         // by plan value; of a state: the record's
  std::vector<const std::byte*> known;  // by plan value: elements known before the run, or null
  std::vector<Tensor> owned;            // keeps the known elements

  ConstView known_view(int32_t value) const {
    const auto i = static_cast<size_t>(value);
    return {known[i], types[i].dtype, types[i].dims};
  }
};

// Whether inputs (in the order of plan.inputs) are of the types that the plan declares.
Status check_inputs(const Plan& plan, std::span<const ConstView> inputs);

// Of a plan whose inputs' shapes are numbers and symbols only: infers each step's results.
Expected<BoundValues> resolve_symbols(const Plan& plan, std::span<const int64_t> symbol_values,
                                      const LoadedWeights& weights, Isa isa);

// Of any plan: the same from the inputs (in the order of plan.inputs; of those
// that are not `at_bind` only dtype and shape are read) and runs the steps that follow from shapes.
Expected<BoundValues> resolve_inputs(const Plan& plan, std::span<const ConstView> inputs,
                                     const LoadedWeights& weights, Isa isa);

// Whether resolve_symbols will do, and the largest sizes are known.
bool has_bounded_shapes(const Plan& plan);

}  // namespace hone
