#include "ops/recurrent/op.h"

#include <algorithm>

#include "ops/define.h"
#include "ops/scale_grid.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x",        "w",          "r",          "bias?",
                                          "lengths?", "initial_h?", "initial_c?", "peepholes?"};
constexpr std::string_view kResults[] = {"y", "last_h", "last_c"};
constexpr std::string_view kConstraints[] = {
    "C1: x, w, r, bias, initial_h, initial_c and peepholes are f32, f16 or bf16, all the same; "
    "lengths is i32",
    "C2: x is [time, batch, input]; with batch_first [batch, time, input]",
    "C3: w is [directions, gates * hidden, input], r [directions, gates * hidden, hidden]; rnn has "
    "1 gate, gru 3, lstm 4",
    "C4: bias is [directions, 2 * gates * hidden], peepholes [directions, 3 * hidden] (of lstm)",
    "C5: lengths is [batch]; initial_h and initial_c (of lstm) are [directions, batch, hidden]; "
    "with "
    "batch_first [batch, directions, hidden]",
    "C6: activations are as many as the cell has, each of a known name",
};

struct Sizes {
  Dim time, batch, directions, hidden;
  int64_t gates;
  bool batch_first;

  Shape state() const {
    return batch_first ? Shape{batch, directions, hidden} : Shape{directions, batch, hidden};
  }
  Dim times_hidden(int64_t n) const {
    return map_dim(hidden,
                   [&](int64_t size) { return size > INT64_MAX / 16 ? INT64_MAX : n * size; });
  }
};

bool fits(const TensorType* type, const Shape& shape) {
  if (type == nullptr) return true;
  bool same = type->shape.size() == shape.size();
  for (size_t i = 0; same && i < shape.size(); ++i) same = may_equal(type->shape[i], shape[i]);
  return same;
}

Status check_dtypes(OperandTypes operands) {
  constexpr size_t kLengths = 4;
  const DType dtype = operands[0]->dtype;
  for (size_t i = 0; i < operands.size(); ++i) {
    if (operands[i] == nullptr) continue;
    const bool right =
        i == kLengths ? operands[i]->dtype == DType::i32 : operands[i]->dtype == dtype;
    if (!right || !is_scale_dtype(dtype)) {
      return fail_constraint("C1", "'", kOperands[i], "' is ", name_of(operands[i]->dtype));
    }
  }
  return {};
}

Expected<std::vector<TensorType>> infer(const RecurrentAttrs& attrs, OperandTypes operands) {
  HONE_RETURN_IF_ERROR(check_dtypes(operands));
  const TensorType &x = *operands[0], &w = *operands[1], &r = *operands[2];
  if (x.shape.size() != 3) return fail_constraint("C2", "x has ", x.shape.size(), " axes");
  if (w.shape.size() != 3 || r.shape.size() != 3) {
    return fail_constraint("C3", "w and r have ", w.shape.size(), " and ", r.shape.size(), " axes");
  }
  const Sizes s{.time = x.shape[attrs.batch_first ? 1 : 0],
                .batch = x.shape[attrs.batch_first ? 0 : 1],
                .directions = Dim(attrs.direction == Direction::both ? 2 : 1),
                .hidden = r.shape[2],
                .gates = gates_of(attrs.cell),
                .batch_first = attrs.batch_first};
  if (!fits(&w, {s.directions, s.times_hidden(s.gates), x.shape[2]}) ||
      !fits(&r, {s.directions, s.times_hidden(s.gates), s.hidden})) {
    return fail_constraint("C3", "w ", to_text(w.shape, {}), " and r ", to_text(r.shape, {}),
                           " do not fit x ", to_text(x.shape, {}));
  }
  const bool lstm = attrs.cell == Cell::lstm;
  if (!fits(operands[3], {s.directions, s.times_hidden(2 * s.gates)}) ||
      !fits(operands[7], {s.directions, s.times_hidden(3)}) || (operands[7] != nullptr && !lstm)) {
    return fail_constraint("C4", "bias or peepholes do not fit");
  }
  if (!fits(operands[4], {s.batch}) || !fits(operands[5], s.state()) ||
      !fits(operands[6], s.state()) || (operands[6] != nullptr && !lstm)) {
    return fail_constraint("C5", "lengths or initial states do not fit");
  }
  if (!parse_activations(attrs)) {
    return fail_constraint("C6", "'", attrs.activations, "' are not the activations of ",
                           kCellNames[static_cast<size_t>(attrs.cell)]);
  }
  const Shape y = attrs.batch_first ? Shape{s.batch, s.time, s.directions, s.hidden}
                                    : Shape{s.time, s.directions, s.batch, s.hidden};
  Shape last_c = s.state();
  if (!lstm) last_c.back() = Dim(0);
  return std::vector<TensorType>{{x.dtype, y}, {x.dtype, s.state()}, {x.dtype, last_c}};
}

Cost cost(const RecurrentAttrs&, BoundTypes operands, BoundTypes results) {
  const auto weights = static_cast<double>(operands[1]->dims[1]) *
                       static_cast<double>(operands[1]->dims[2] + operands[2]->dims[2]);
  const auto hidden = static_cast<double>(std::max<int64_t>(1, operands[2]->dims[2]));
  return elementwise_cost(2 * weights / hidden, operands, results);
}

}  // namespace

std::optional<std::vector<CellActivation>> parse_activations(const RecurrentAttrs& attrs) {
  const size_t each = activations_of(attrs.cell);
  const size_t count = each * (attrs.direction == Direction::both ? 2 : 1);
  if (!attrs.activations.empty()) return parse_activations(attrs.activations, count);
  std::vector<CellActivation> all;
  for (size_t i = 0; i < count; ++i) {
    const bool gate = attrs.cell != Cell::rnn && i % each == 0;
    all.push_back({gate ? CellActivation::Kind::sigmoid : CellActivation::Kind::tanh});
  }
  return all;
}

const OpDef& recurrent_op() {
  using T = Typed<RecurrentAttrs, infer, cost>;
  static const OpDef kDef{
      .name = "recurrent",
      .summary = "RNN, GRU or LSTM over a sequence (ONNX); last_c is empty unless lstm",
      .operands = kOperands,
      .results = kResults,
      .constraints = kConstraints,
      .default_attrs = T::default_attrs,
      .infer = T::infer,
      .cost = T::cost};
  return kDef;
}

}  // namespace hone
