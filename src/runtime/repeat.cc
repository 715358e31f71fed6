#include "runtime/repeat.h"

#include <algorithm>

#include "runtime/slices.h"

namespace hone {
namespace {

using Values = std::vector<RunValue>;

int64_t value_at(const std::vector<int64_t>& values, size_t i) {
  return values.empty() ? 0 : values[i];
}

// The axis that a scanned operand is cut along.
Expected<size_t> axis_of(const RunValue& operand, int64_t axis) {
  const auto rank = static_cast<int64_t>(operand.tensor.dims().rank());
  if (operand.kind != RunValue::Kind::tensor || axis < -rank || axis >= rank) {
    return fail(Code::invalid_argument, "a scanned operand has no axis ", axis);
  }
  return static_cast<size_t>(axis < 0 ? axis + rank : axis);
}

struct Scan {
  ProgramSession& body;
  const LoopAttrs& attrs;
  size_t carried, scanned;
  int64_t max_iterations;

  Expected<int64_t> iterations(std::span<const RunValue> inputs) const {
    int64_t count = -1;
    for (size_t i = 0; i < inputs.size(); ++i) {
      HONE_TRY(const size_t axis, axis_of(inputs[i], value_at(attrs.in_axes, i)));
      const int64_t size = inputs[i].tensor.dims()[axis];
      if (count >= 0 && size != count) {
        return fail(Code::invalid_argument, "scanned operands have ", count, " and ", size,
                    " slices");
      }
      count = size;
    }
    if (count > max_iterations) return fail(Code::limit_exceeded, "there are ", count, " slices");
    return count;
  }

  Expected<Values> run(std::span<const RunValue> operands) const {
    const auto inputs = operands.subspan(carried, scanned);
    HONE_TRY(const int64_t count, iterations(inputs));
    const Program& inner = body.program();
    Values state(operands.begin(), operands.begin() + static_cast<std::ptrdiff_t>(carried));
    std::vector<std::vector<Tensor>> stacks(inner.outputs.size() - carried);
    for (int64_t i = 0; i < count; ++i) {
      Values given = state;
      for (size_t s = 0; s < scanned; ++s) {
        HONE_TRY(const size_t axis, axis_of(inputs[s], value_at(attrs.in_axes, s)));
        const int64_t at = value_at(attrs.in_backwards, s) != 0 ? count - 1 - i : i;
        HONE_TRY(Tensor slice, slice_at(inputs[s].tensor, axis, at));
        given.emplace_back(std::move(slice));
      }
      const auto captured = operands.subspan(carried + scanned);
      given.insert(given.end(), captured.begin(), captured.end());
      HONE_TRY(Values made, body.iterate(given));
      for (size_t s = 0; s < stacks.size(); ++s) {
        stacks[s].push_back(std::move(made[carried + s].tensor));
      }
      made.resize(carried);
      state = std::move(made);
    }
    for (size_t s = 0; s < stacks.size(); ++s) {
      if (value_at(attrs.out_backwards, s) != 0) std::ranges::reverse(stacks[s]);
      const auto output = static_cast<size_t>(inner.outputs[carried + s]);
      HONE_TRY(Tensor all,
               stack(stacks[s], value_at(attrs.out_axes, s), inner.values[output].type));
      state.emplace_back(std::move(all));
    }
    return state;
  }

  // One scan for each entry of the first axis.
  Expected<Values> run_batched(std::span<const RunValue> operands) const {
    const size_t cut = carried + scanned;
    int64_t batch = -1;
    for (size_t i = 0; i < cut; ++i) {
      HONE_TRY(const size_t axis, axis_of(operands[i], 0));
      const int64_t size = operands[i].tensor.dims()[axis];
      if (batch >= 0 && size != batch) {
        return fail(Code::invalid_argument, "operands have batches of ", batch, " and ", size);
      }
      batch = size;
    }
    if (batch > max_iterations) return fail(Code::limit_exceeded, "a batch of ", batch);
    const Program& inner = body.program();
    std::vector<std::vector<Tensor>> stacks(inner.outputs.size());
    for (int64_t b = 0; b < batch; ++b) {
      Values one;
      for (size_t i = 0; i < cut; ++i) {
        HONE_TRY(Tensor slice, slice_at(operands[i].tensor, 0, b));
        one.emplace_back(std::move(slice));
      }
      one.insert(one.end(), operands.begin() + static_cast<std::ptrdiff_t>(cut), operands.end());
      HONE_TRY(Values made, run(one));
      for (size_t i = 0; i < stacks.size(); ++i) stacks[i].push_back(std::move(made[i].tensor));
    }
    Values results;
    for (size_t i = 0; i < stacks.size(); ++i) {
      const auto output = static_cast<size_t>(inner.outputs[i]);
      HONE_TRY(Tensor all, stack(stacks[i], 0, inner.values[output].type));
      results.emplace_back(std::move(all));
    }
    return results;
  }
};

}  // namespace

Expected<std::vector<RunValue>> run_scan(ProgramSession& body, const LoopAttrs& attrs,
                                         std::span<const RunValue> operands,
                                         int64_t max_iterations) {
  const Scan scan{body, attrs, static_cast<size_t>(attrs.carried),
                  static_cast<size_t>(attrs.scanned), max_iterations};
  HONE_CHECK(operands.size() >= scan.carried + scan.scanned);
  return attrs.batched ? scan.run_batched(operands) : scan.run(operands);
}

Expected<std::vector<RunValue>> run_map(ProgramSession& body, const LoopAttrs& attrs,
                                        std::span<const RunValue> operands) {
  const auto scanned = static_cast<size_t>(attrs.scanned);
  if (operands.empty() || operands[0].kind != RunValue::Kind::sequence) {
    return fail(Code::invalid_argument, "the first operand must be a sequence");
  }
  const size_t count = operands[0].items.size();
  for (size_t i = 0; i < scanned; ++i) {
    if (operands[i].kind == RunValue::Kind::sequence && operands[i].items.size() != count) {
      return fail(Code::invalid_argument, "the sequences have ", count, " and ",
                  operands[i].items.size(), " tensors");
    }
  }
  std::vector<std::vector<Tensor>> made(body.program().outputs.size());
  for (size_t i = 0; i < count; ++i) {
    Values given(operands.begin(), operands.end());
    for (size_t s = 0; s < scanned; ++s) {
      if (given[s].kind == RunValue::Kind::sequence) given[s] = RunValue(operands[s].items[i]);
    }
    HONE_TRY(Values outputs, body.iterate(given));
    for (size_t o = 0; o < made.size(); ++o) {
      if (outputs[o].kind != RunValue::Kind::tensor) {
        return fail(Code::invalid_argument, "output ", o, " of the body is no tensor");
      }
      made[o].push_back(std::move(outputs[o].tensor));
    }
  }
  Values results;
  for (std::vector<Tensor>& items : made) results.push_back(RunValue::sequence(std::move(items)));
  return results;
}

}  // namespace hone
