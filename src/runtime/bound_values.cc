#include "runtime/bound_values.h"

#include <algorithm>
#include <limits>

#include "backend/cpu/evaluate.h"

namespace hone {
namespace {

const Symbol* symbol_of(const Dim& dim, const Plan& plan) {
  return dim.is_symbol() && !dim.is_unknown()
             ? &plan.symbols[static_cast<size_t>(dim.symbol_index())]
             : nullptr;
}

bool lies_in_range(const Dim& dim, int64_t size, const Plan& plan) {
  const Symbol* symbol = symbol_of(dim, plan);
  return symbol == nullptr || (size >= symbol->min && size <= symbol->max);
}

// ", n from 1 to 8" for each size that has a largest.
std::string ranges(const Shape& shape, const Plan& plan) {
  std::string text;
  for (const Dim& dim : shape) {
    const Symbol* symbol = symbol_of(dim, plan);
    if (symbol == nullptr || symbol->max == std::numeric_limits<int64_t>::max()) continue;
    text += cat(", ", symbol->name, " from ", symbol->min, " to ", symbol->max);
  }
  return text;
}

Status check_input(const Plan& plan, const PlanValue& value, const ConstView& given) {
  if (!value.type_known) return {};
  const Shape& shape = value.type.shape;
  bool fits = given.dtype == value.type.dtype && given.dims.rank() == shape.size();
  for (size_t i = 0; fits && i < shape.size(); ++i) {
    // Exporters give one name to sizes that differ; what must be equal shows when it is computed.
    fits = shape[i].is_symbol() ? lies_in_range(shape[i], given.dims[i], plan)
                                : given.dims[i] == shape[i].value();
  }
  if (fits) return {};
  return fail(Code::invalid_argument, "is ",
              to_text(TensorType{given.dtype, given.dims.shape()}, {}), ", but the model takes ",
              to_text(value.type, plan.symbols), ranges(shape, plan));
}

class Resolver {
 public:
  Resolver(const Plan& plan, const LoadedWeights& weights, Isa isa)
      : plan_(plan), weights_(weights), isa_(isa) {
    bound_.types.resize(plan.values.size());
    bound_.known.resize(plan.values.size());
  }

  Status take_inputs(std::span<const ConstView> inputs) {
    HONE_RETURN_IF_ERROR(check_inputs(plan_, inputs));
    for (size_t i = 0; i < inputs.size(); ++i) {
      const int32_t index = plan_.inputs[i];
      const PlanValue& value = plan_.values[static_cast<size_t>(index)];
      type(index) = {inputs[i].dtype, inputs[i].dims};
      if (!value.at_bind) continue;
      HONE_TRY(Tensor copy, Tensor::copy_of(inputs[i]));
      keep(index, std::move(copy));
    }
    return {};
  }

  Status take_declared_inputs(std::span<const int64_t> symbol_values) {
    for (const int32_t input : plan_.inputs) {
      const TensorType& declared = plan_.values[static_cast<size_t>(input)].type;
      const Dims dims(declared.shape, symbol_values);
      HONE_RETURN_IF_ERROR(checked_bytes(declared.dtype, dims));
      type(input) = {declared.dtype, dims};
    }
    return {};
  }

  // Weights, then step by step what follows.
  Status take_rest() {
    take_weights();
    for (const PlanStep& step : plan_.steps) {
      if (Status status = take(step); !status) {
        return std::unexpected(std::move(status).error().context(
            cat("node '", printable(step.name), "' (", step.op->name, ")")));
      }
    }
    return {};
  }

  BoundValues finish() && { return std::move(bound_); }

 private:
  void take_weights() {
    static constexpr std::byte kNoBytes{};
    for (size_t i = 0; i < plan_.values.size(); ++i) {
      const PlanValue& value = plan_.values[i];
      if (value.storage != Storage::weight && value.storage != Storage::state) continue;
      bound_.types[i] = {value.type.dtype, Dims(value.type.shape, {})};
      if (value.storage != Storage::weight || value.layout != kCanonicalLayout) continue;
      const Bytes bytes = weights_.bytes(static_cast<int32_t>(i));
      bound_.known[i] = bytes.empty() ? &kNoBytes : bytes.data();
    }
  }

  Status take(const PlanStep& step) {
    std::vector<OperandType> types(step.operands.size());
    std::vector<const OperandType*> pointers(step.operands.size(), nullptr);
    for (size_t i = 0; i < step.operands.size(); ++i) {
      const int32_t operand = step.operands[i];
      if (operand < 0) continue;
      const BoundType& bound = type(operand);
      types[i] = {{bound.dtype, bound.dims.shape()}, bound_.known_view(operand)};
      pointers[i] = &types[i];
    }
    HONE_TRY(const std::vector<TensorType> results, step.op->infer(step.attrs, pointers));
    if (results.size() != step.results.size()) {
      return fail(Code::unsupported, "its result's shape depends on what it computes");
    }
    for (size_t i = 0; i < results.size(); ++i) {
      if (!is_static(results[i].shape) || results[i].shape.size() > kMaxRank) {
        return fail(Code::unsupported, "its result's shape depends on what it computes");
      }
      const Dims dims(results[i].shape, {});
      HONE_RETURN_IF_ERROR(checked_bytes(results[i].dtype, dims));
      type(step.results[i]) = {results[i].dtype, dims};
    }
    if (step.kind == PlanStep::Kind::alias) return take_alias(step);
    if (step.kind == PlanStep::Kind::at_bind) return run(step);
    return {};
  }

  Status take_alias(const PlanStep& step) {
    const BoundType &from = type(step.operands[0]), &to = type(step.results[0]);
    if (from.dtype != to.dtype ||
        size_bytes(from.dtype, from.dims) != size_bytes(to.dtype, to.dims)) {
      return fail(Code::corrupt, "its result is not as large as its operand");
    }
    known(step.results[0]) = known(step.operands[0]);
    return {};
  }

  BoundType& type(int32_t value) { return bound_.types[static_cast<size_t>(value)]; }
  const std::byte*& known(int32_t value) { return bound_.known[static_cast<size_t>(value)]; }
  void keep(int32_t value, Tensor tensor) {
    known(value) = tensor.view().data;
    bound_.owned.push_back(std::move(tensor));
  }

  // Runs a step now, on this thread. One that reads shapes only has operands without elements.
  Status run(const PlanStep& step) {
    std::vector<ConstView> operands;
    for (const int32_t value : step.operands) {
      operands.push_back(value < 0 ? ConstView{} : bound_.known_view(value));
      if (step.op->runs != Runs::at_bind && value >= 0 && known(value) == nullptr) {
        return fail(Code::corrupt, "it runs before its operands are known");
      }
    }
    std::vector<BoundType> results;
    for (const int32_t value : step.results) results.push_back(type(value));
    HONE_TRY(std::vector<Tensor> made, evaluate(*step.op, step.attrs, operands, results, isa_));
    for (size_t i = 0; i < made.size(); ++i) keep(step.results[i], std::move(made[i]));
    return {};
  }

  const Plan& plan_;
  const LoadedWeights& weights_;
  Isa isa_;
  BoundValues bound_;
};

}  // namespace

Status check_inputs(const Plan& plan, std::span<const ConstView> inputs) {
  HONE_CHECK(inputs.size() == plan.inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    const PlanValue& value = plan.values[static_cast<size_t>(plan.inputs[i])];
    if (Status status = check_input(plan, value, inputs[i]); !status) {
      return std::unexpected(
          std::move(status).error().context(cat("input '", printable(value.name), "'")));
    }
  }
  return {};
}

Expected<BoundValues> resolve_symbols(const Plan& plan, std::span<const int64_t> symbol_values,
                                      const LoadedWeights& weights, Isa isa) {
  Resolver resolver(plan, weights, isa);
  HONE_RETURN_IF_ERROR(resolver.take_declared_inputs(symbol_values));
  HONE_RETURN_IF_ERROR(resolver.take_rest());
  return std::move(resolver).finish();
}

Expected<BoundValues> resolve_inputs(const Plan& plan, std::span<const ConstView> inputs,
                                     const LoadedWeights& weights, Isa isa) {
  Resolver resolver(plan, weights, isa);
  HONE_RETURN_IF_ERROR(resolver.take_inputs(inputs));
  HONE_RETURN_IF_ERROR(resolver.take_rest());
  return std::move(resolver).finish();
}

bool has_bounded_shapes(const Plan& plan) {
  const auto is_bounded = [&](const Dim& dim) {
    return !dim.is_symbol() ||
           (!dim.is_unknown() && plan.symbols[static_cast<size_t>(dim.symbol_index())].max !=
                                     std::numeric_limits<int64_t>::max());
  };
  for (const PlanStep& step : plan.steps) {
    if (step.kind == PlanStep::Kind::at_bind) return false;
  }
  return std::ranges::all_of(plan.values, [&](const PlanValue& value) {
    return value.type_known && std::ranges::all_of(value.type.shape, is_bounded);
  });
}

}  // namespace hone
