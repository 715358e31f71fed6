#include "random_inputs.h"

#include <algorithm>
#include <random>
#include <string_view>

#include "ops/shape_rules.h"
#include "ops/take/op.h"
#include "tensor/encode.h"

namespace hone::cli {
namespace {

// Whether a step only hands its operand's numbers on.
bool hands_on(const PlanStep& step) {
  return step.kind == PlanStep::Kind::alias || step.op->name == "cast" ||
         step.op->name == "reshape" || step.op->name == "transpose";
}

// Rows of the table that a step picks from by operand 1; 0 if it does not or they are not known.
int64_t rows_of_table(const Plan& plan, const PlanStep& step) {
  const bool take = step.op->name == "take";
  if (!take && step.op->name != "gather") return 0;
  const Shape& table = plan.values[static_cast<size_t>(step.operands[0])].type.shape;
  int64_t axis = take ? step.attrs.as<TakeAttrs>().axis : 0;
  if (axis < 0) axis += static_cast<int64_t>(table.size());
  if (axis < 0 || axis >= static_cast<int64_t>(table.size())) return 0;
  const Dim& rows = table[static_cast<size_t>(axis)];
  return rows.is_symbol() ? 0 : rows.value();
}

// The smallest table that the plan's value picks from; 0: none.
int64_t table_of(const Plan& plan, int32_t value) {
  std::vector<char> same(plan.values.size());
  same[static_cast<size_t>(value)] = 1;
  int64_t least = 0;
  for (const PlanStep& step : plan.steps) {
    const auto is_same = [&](size_t operand) {
      return operand < step.operands.size() && step.operands[operand] >= 0 &&
             same[static_cast<size_t>(step.operands[operand])] != 0;
    };
    if (hands_on(step) && is_same(0)) {
      for (const int32_t result : step.results) same[static_cast<size_t>(result)] = 1;
    }
    const int64_t rows = is_same(1) ? rows_of_table(plan, step) : 0;
    if (rows > 0) least = least == 0 ? rows : std::min(least, rows);
  }
  return least;
}

}  // namespace

IntegerRange range_of_input(const ProgramSession& session, size_t index) {
  const Program& program = session.program();
  const int32_t value = program.inputs[index];
  const ProgramValue& input = program.values[static_cast<size_t>(value)];
  int64_t rows = 0;
  for (size_t i = 0; i < program.items.size(); ++i) {
    const Plan* plan = session.plan_of(i);
    if (plan == nullptr) continue;
    const std::vector<int32_t>& operands = program.items[i].operands;
    const auto place = static_cast<size_t>(std::ranges::find(operands, value) - operands.begin());
    if (place >= std::min(operands.size(), plan->inputs.size())) continue;
    const int64_t here = table_of(*plan, plan->inputs[place]);
    if (here > 0) rows = rows == 0 ? here : std::min(rows, here);
  }
  if (rows > 0) return {.most = rows - 1};
  if (input.name.find("mask") != input.name.npos) return {.values = IntegerRange::Values::ones};
  return usual_range(input.type.is_tensor() ? input.type.tensor.dtype : DType::f32);
}

IntegerRange usual_range(DType dtype) {
  return {.most = dtype == DType::u8 || dtype == DType::i8 ? 255 : 1};
}

Expected<Tensor> random_tensor(DType dtype, const Dims& dims, const IntegerRange& range,
                               uint64_t seed) {
  HONE_TRY(Tensor tensor, Tensor::allocate(dtype, dims));
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  const int64_t size = info(dtype).block_bytes;
  const auto count = static_cast<uint64_t>(range.most) + 1;
  const double offset = dtype == DType::i8 ? 128 : 0;
  const auto number = [&] {
    if (is_float(dtype)) return normal(random);
    if (range.values == IntegerRange::Values::ones) return 1.0;
    return static_cast<double>(random() % count) - offset;
  };
  std::byte* bytes = tensor.writable().data;
  for (int64_t i = 0; i < dims.elements(); ++i) encode_element(dtype, number(), bytes + i * size);
  return tensor;
}

}  // namespace hone::cli
