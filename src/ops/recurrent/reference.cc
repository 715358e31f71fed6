#include "ops/recurrent/op.h"

#include <algorithm>

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

// One direction of one sequence, as ONNX writes the equations.
struct Sequence {
  const ReferenceArgs& args;
  const RecurrentAttrs& attrs;
  std::vector<CellActivation> activations;
  int64_t time, batch, directions, input, hidden, gates;
  int64_t d, b;
  std::vector<double> h, c;

  double number(size_t operand, int64_t i) const {
    const HostTensor* tensor = args.operands[operand];
    return tensor == nullptr ? 0 : tensor->data[static_cast<size_t>(i)];
  }
  int64_t state_at(int64_t j) const {
    return (attrs.batch_first ? b * directions + d : d * batch + b) * hidden + j;
  }
  double activate(size_t f, double x) const {
    const auto clip = static_cast<double>(attrs.clip);
    if (clip > 0) x = x < -clip ? -clip : x > clip ? clip : x;
    return apply(activations[static_cast<size_t>(d) * activations_of(attrs.cell) + f], x);
  }
  double from_input(int64_t t, int64_t row) const {
    const int64_t at = (attrs.batch_first ? b * time + t : t * batch + b) * input;
    double sum = number(3, d * 2 * gates * hidden + row);
    for (int64_t i = 0; i < input; ++i) {
      sum += number(0, at + i) * number(1, (d * gates * hidden + row) * input + i);
    }
    return sum;
  }
  double from_state(const std::vector<double>& state, int64_t row) const {
    double sum = number(3, (d * 2 + 1) * gates * hidden + row);
    for (int64_t i = 0; i < hidden; ++i) {
      sum += state[static_cast<size_t>(i)] * number(2, (d * gates * hidden + row) * hidden + i);
    }
    return sum;
  }
  double peephole(int64_t gate, int64_t j) const { return number(7, (d * 3 + gate) * hidden + j); }

  void rnn(int64_t t) {
    const std::vector<double> before = h;
    for (int64_t j = 0; j < hidden; ++j) {
      h[static_cast<size_t>(j)] = activate(0, from_input(t, j) + from_state(before, j));
    }
  }
  void gru(int64_t t) {
    const std::vector<double> before = h;
    std::vector<double> z(h.size()), r(h.size()), scaled(h.size());
    for (int64_t j = 0; j < hidden; ++j) {
      const auto i = static_cast<size_t>(j);
      z[i] = activate(0, from_input(t, j) + from_state(before, j));
      r[i] = activate(0, from_input(t, hidden + j) + from_state(before, hidden + j));
      scaled[i] = r[i] * before[i];
    }
    for (int64_t j = 0; j < hidden; ++j) {
      const auto i = static_cast<size_t>(j);
      const int64_t row = 2 * hidden + j;
      const double recurrent =
          attrs.linear_before_reset ? r[i] * from_state(before, row) : from_state(scaled, row);
      const double proposed = activate(1, from_input(t, row) + recurrent);
      h[i] = (1 - z[i]) * proposed + z[i] * before[i];
    }
  }
  // Gates stand in the order input, output, forget, cell.
  void lstm(int64_t t) {
    const std::vector<double> before = h;
    for (int64_t j = 0; j < hidden; ++j) {
      const auto at = static_cast<size_t>(j);
      const auto sum = [&](int64_t gate) {
        return from_input(t, gate * hidden + j) + from_state(before, gate * hidden + j);
      };
      const double i = activate(0, sum(0) + peephole(0, j) * c[at]);
      const double f = attrs.input_forget ? 1 - i : activate(0, sum(2) + peephole(2, j) * c[at]);
      c[at] = f * c[at] + i * activate(1, sum(3));
      const auto most = static_cast<double>(attrs.state_clip);
      if (most > 0) c[at] = c[at] < -most ? -most : c[at] > most ? most : c[at];
      const double o = activate(0, sum(1) + peephole(1, j) * c[at]);
      h[at] = o * apply(activations[static_cast<size_t>(d) * 3 + 2], c[at]);
    }
  }
  void run() {
    h.resize(static_cast<size_t>(hidden));
    c.resize(h.size());
    for (int64_t j = 0; j < hidden; ++j) {
      h[static_cast<size_t>(j)] = number(5, state_at(j));
      c[static_cast<size_t>(j)] = number(6, state_at(j));
    }
    const bool backwards = attrs.direction == Direction::reverse || d == 1;
    int64_t steps = time;
    if (args.operands[4] != nullptr) {
      steps = std::clamp(static_cast<int64_t>(number(4, b)), int64_t{0}, time);
    }
    for (int64_t step = 0; step < steps; ++step) {
      const int64_t t = backwards ? steps - 1 - step : step;
      if (attrs.cell == Cell::rnn) rnn(t);
      if (attrs.cell == Cell::gru) gru(t);
      if (attrs.cell == Cell::lstm) lstm(t);
      const int64_t at = attrs.batch_first ? ((b * time + t) * directions + d) * hidden
                                           : ((t * directions + d) * batch + b) * hidden;
      for (int64_t j = 0; j < hidden; ++j) {
        args.results[0].data[static_cast<size_t>(at + j)] = h[static_cast<size_t>(j)];
      }
    }
    for (int64_t j = 0; j < hidden; ++j) {
      const auto at = static_cast<size_t>(state_at(j));
      args.results[1].data[at] = h[static_cast<size_t>(j)];
      if (attrs.cell == Cell::lstm) args.results[2].data[at] = c[static_cast<size_t>(j)];
    }
  }
};

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<RecurrentAttrs>();
  const HostTensor &x = *args.operands[0], &r = *args.operands[2];
  Sequence s{.args = args,
             .attrs = attrs,
             .activations = *parse_activations(attrs),
             .time = x.shape[attrs.batch_first ? 1 : 0],
             .batch = x.shape[attrs.batch_first ? 0 : 1],
             .directions = r.shape[0],
             .input = x.shape[2],
             .hidden = r.shape[2],
             .gates = gates_of(attrs.cell),
             .d = 0,
             .b = 0,
             .h = {},
             .c = {}};
  for (s.d = 0; s.d < s.directions; ++s.d) {
    for (s.b = 0; s.b < s.batch; ++s.b) s.run();
  }
}

constexpr int64_t kTime = 11, kBatch = 3, kInput = 19, kHidden = 18;

// Every operand that the cell can have.
std::vector<CaseOperand> operands(const RecurrentAttrs& attrs) {
  const int64_t d = attrs.direction == Direction::both ? 2 : 1;
  const int64_t rows = gates_of(attrs.cell) * kHidden;
  const auto state =
      attrs.batch_first ? floats({kBatch, d, kHidden}) : floats({d, kBatch, kHidden});
  const bool lstm = attrs.cell == Cell::lstm;
  return {attrs.batch_first ? floats({kBatch, kTime, kInput}) : floats({kTime, kBatch, kInput}),
          floats({d, rows, kInput}),
          floats({d, rows, kHidden}),
          floats({d, 2 * rows}),
          {.dtype = DType::i32, .shape = {kBatch}, .fill = Fill::index, .limit = kTime + 3},
          state,
          lstm ? state : absent(),
          lstm ? floats({d, 3 * kHidden}) : absent()};
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  for (const Cell cell : {Cell::rnn, Cell::gru, Cell::lstm}) {
    const std::string name(kCellNames[static_cast<size_t>(cell)]);
    const RecurrentAttrs plain{.cell = cell, .activations = ""};
    std::vector<CaseOperand> few = operands(plain);
    few.resize(3);
    all.push_back({cat(name, "_plain"), plain, few});
    all.push_back({cat(name, "_all"), plain, operands(plain)});
    for (const Direction direction : {Direction::reverse, Direction::both}) {
      for (const bool batch_first : {false, true}) {
        const RecurrentAttrs attrs{.cell = cell,
                                   .direction = direction,
                                   .batch_first = batch_first,
                                   .activations = "",
                                   .clip = batch_first ? 0.5f : 0.0f,
                                   .state_clip = batch_first ? 0.25f : 0.0f,
                                   .linear_before_reset = batch_first,
                                   .input_forget = batch_first};
        all.push_back({cat(name, direction == Direction::both ? "_both" : "_reverse",
                           batch_first ? "_batch_first" : ""),
                       attrs, operands(attrs)});
      }
    }
  }
  const RecurrentAttrs odd{.cell = Cell::lstm, .activations = "hard_sigmoid,softsign,elu(0.5)"};
  all.push_back({"activations", odd, operands(odd)});
  const RecurrentAttrs more{.cell = Cell::gru,
                            .direction = Direction::both,
                            .activations =
                                "hard_sigmoid(0.2,0.5),leaky_relu,scaled_tanh(0.9,0.8),"
                                "thresholded_relu(0.1)"};
  all.push_back({"more_activations", more, operands(more)});
  const RecurrentAttrs rest{
      .cell = Cell::rnn, .direction = Direction::both, .activations = "relu,softplus"};
  std::vector<CaseOperand> small = operands(rest);
  small[2] = floats({2, kHidden, kHidden});
  all.push_back({"growing_activations", rest, small});
  for (OpCase& c : all) c.tolerance_ulps = 4096;
  return all;
}

std::vector<BadCase> bad_cases() {
  const RecurrentAttrs lstm{.activations = ""};
  const RecurrentAttrs gru{.cell = Cell::gru, .activations = ""};
  const std::vector<CaseOperand> good = operands(lstm);
  const auto with = [&](size_t i, CaseOperand operand) {
    std::vector<CaseOperand> all = good;
    all[i] = std::move(operand);
    return all;
  };
  std::vector<CaseOperand> gru_c = operands(gru);
  gru_c[6] = gru_c[5];
  return {{"C1", lstm, with(0, typed(DType::f64, {kTime, kBatch, kInput}))},
          {"C1", lstm, with(4, floats({kBatch}))},
          {"C2", lstm, with(0, floats({kTime, kInput}))},
          {"C3", lstm, with(1, floats({1, 4 * kHidden, kInput + 1}))},
          {"C3", lstm, with(2, floats({4 * kHidden, kHidden}))},
          {"C4", lstm, with(3, floats({1, 4 * kHidden}))},
          {"C4", lstm, with(7, floats({1, 4 * kHidden}))},
          {"C5", lstm, with(5, floats({kBatch, 1, kHidden}))},
          {"C5", gru, gru_c},
          {"C6", RecurrentAttrs{.activations = "tanh,tanh"}, good},
          {"C6", RecurrentAttrs{.activations = "tanh,tanh,nothing"}, good},
          {"C6", RecurrentAttrs{.activations = "tanh,tanh,elu(1"}, good}};
}

}  // namespace

const OpSemantics& recurrent_semantics() {
  static const OpSemantics kSemantics{&recurrent_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
