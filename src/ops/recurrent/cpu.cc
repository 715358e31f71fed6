#include "ops/recurrent/cpu.h"

#include <algorithm>

#include "backend/cpu/isa_table.h"
#include "backend/cpu/step.h"
#include "ops/recurrent/op.h"

namespace hone {

HONE_ISA_TABLE(RecurrentFns, recurrent_fns)

namespace {

constexpr int64_t kBlock = 8;  // time steps whose inputs are multiplied together

// One tile is one direction of one sequence, from its first step to its last.
class RecurrentStep final : public CpuStep {
 public:
  explicit RecurrentStep(const StepBinding& b)
      : attrs_(b.attrs->as<RecurrentAttrs>()),
        fns_(recurrent_fns(b.isa)),
        activations_(*parse_activations(attrs_)) {
    const Dims &x = b.operands[0].view.dims, &r = b.operands[2].view.dims;
    time_ = x[attrs_.batch_first ? 1 : 0];
    batch_ = x[attrs_.batch_first ? 0 : 1];
    input_ = x[2];
    directions_ = r[0];
    hidden_ = r[2];
    rows_ = r[1];
    const auto floats = [&](size_t i) { return b.operands[i].view.as<float>(); };
    x_ = floats(0), w_ = floats(1), r_ = floats(2), bias_ = floats(3);
    lengths_ = b.operands[4].view.as<int32_t>();
    initial_h_ = floats(5), initial_c_ = floats(6), peepholes_ = floats(7);
    y_ = b.results[0].view.as<float>();
    last_h_ = b.results[1].view.as<float>();
    last_c_ = b.results[2].view.as<float>();
    zeros_.resize(static_cast<size_t>(rows_));
  }

  int64_t tiles() const override { return directions_ * batch_; }
  size_t scratch_bytes() const override {
    return static_cast<size_t>((kBlock + 1) * rows_ + 3 * hidden_) * sizeof(float);
  }

  void run(int64_t tile, Scratch scratch) override {
    Cursor at{.d = tile / batch_, .b = tile % batch_};
    float* memory = reinterpret_cast<float*>(scratch.data());
    at.inputs = memory;
    at.products = at.inputs + kBlock * rows_;
    at.h = at.products + rows_;
    at.c = at.h + hidden_;
    at.scaled = at.c + hidden_;
    const int64_t state =
        (attrs_.batch_first ? at.b * directions_ + at.d : at.d * batch_ + at.b) * hidden_;
    begin(initial_h_, state, at.h);
    begin(initial_c_, state, at.c);
    const int64_t steps =
        lengths_ == nullptr ? time_ : std::clamp<int64_t>(lengths_[at.b], 0, time_);
    for (int64_t first = 0; first < steps; first += kBlock) {
      const int64_t count = std::min(kBlock, steps - first);
      multiply_inputs(at, first, count, steps);
      for (int64_t i = 0; i < count; ++i) {
        take_step(at, at.inputs + i * rows_);
        std::copy_n(at.h, hidden_, result_row(at, time_of(at, first + i, steps)));
      }
    }
    for (int64_t t = steps; t < time_; ++t) std::fill_n(result_row(at, t), hidden_, 0.0f);
    std::copy_n(at.h, hidden_, last_h_ + state);
    if (attrs_.cell == Cell::lstm) std::copy_n(at.c, hidden_, last_c_ + state);
  }

 private:
  struct Cursor {
    int64_t d, b;
    float *inputs = nullptr, *products = nullptr, *h = nullptr, *c = nullptr, *scaled = nullptr;
  };

  void begin(const float* initial, int64_t state, float* target) const {
    if (initial != nullptr) std::copy_n(initial + state, hidden_, target);
    if (initial == nullptr) std::fill_n(target, hidden_, 0.0f);
  }
  int64_t time_of(const Cursor& at, int64_t step, int64_t steps) const {
    const bool backwards = attrs_.direction == Direction::reverse || at.d == 1;
    return backwards ? steps - 1 - step : step;
  }
  float* result_row(const Cursor& at, int64_t t) const {
    const int64_t row = attrs_.batch_first ? (at.b * time_ + t) * directions_ + at.d
                                           : (t * directions_ + at.d) * batch_ + at.b;
    return y_ + row * hidden_;
  }
  const float* input_bias(const Cursor& at) const {
    return bias_ == nullptr ? zeros_.data() : bias_ + at.d * 2 * rows_;
  }
  const float* state_bias(const Cursor& at) const {
    return bias_ == nullptr ? zeros_.data() : bias_ + (at.d * 2 + 1) * rows_;
  }

  void multiply_inputs(const Cursor& at, int64_t first, int64_t count, int64_t steps) const {
    const auto row = [&](int64_t t) {
      return attrs_.batch_first ? at.b * time_ + t : t * batch_ + at.b;
    };
    const int64_t t = time_of(at, first, steps), sign = time_of(at, first + 1, steps) - t;
    const int64_t stride = sign * (attrs_.batch_first ? 1 : batch_) * input_;
    fns_.products(w_ + at.d * rows_ * input_, rows_, input_, x_ + row(t) * input_, stride, count,
                  input_bias(at), at.inputs, rows_);
  }
  // products[first, first + rows) of the state's rows and `state`.
  void multiply_state(const Cursor& at, int64_t first, int64_t rows, const float* state) const {
    fns_.products(r_ + (at.d * rows_ + first) * hidden_, rows, hidden_, state, 0, 1,
                  state_bias(at) + first, at.products + first, 0);
  }

  void activate(const Cursor& at, size_t which, float* x) const {
    clip(x, attrs_.clip);
    activate_unclipped(at, which, x);
  }
  void clip(float* x, float most) const {
    if (!(most > 0)) return;
    for (int64_t i = 0; i < hidden_; ++i) x[i] = x[i] < -most ? -most : x[i] > most ? most : x[i];
  }
  void activate_unclipped(const Cursor& at, size_t which, float* x) const {
    const CellActivation& f =
        activations_[static_cast<size_t>(at.d) * activations_of(attrs_.cell) + which];
    if (f.kind == CellActivation::Kind::sigmoid) return fns_.sigmoid(x, hidden_);
    if (f.kind == CellActivation::Kind::tanh) return fns_.tanh(x, hidden_);
    for (int64_t i = 0; i < hidden_; ++i) {
      x[i] = static_cast<float>(apply(f, static_cast<double>(x[i])));
    }
  }
  void add(float* x, const float* other, int64_t count) const {
    for (int64_t i = 0; i < count; ++i) x[i] += other[i];
  }

  // `x` holds the products of the step's input, and is used up.
  void take_step(const Cursor& at, float* x) const {
    if (attrs_.cell == Cell::rnn) return take_rnn_step(at, x);
    if (attrs_.cell == Cell::gru) return take_gru_step(at, x);
    take_lstm_step(at, x);
  }
  void take_rnn_step(const Cursor& at, float* x) const {
    multiply_state(at, 0, rows_, at.h);
    add(x, at.products, hidden_);
    activate(at, 0, x);
    std::copy_n(x, hidden_, at.h);
  }
  void take_gru_step(const Cursor& at, float* x) const {
    const bool linear = attrs_.linear_before_reset;
    multiply_state(at, 0, linear ? rows_ : 2 * hidden_, at.h);
    add(x, at.products, 2 * hidden_);
    float *z = x, *r = x + hidden_, *proposed = x + 2 * hidden_;
    activate(at, 0, z);
    activate(at, 0, r);
    float* rest = at.products + 2 * hidden_;
    if (linear) {
      for (int64_t i = 0; i < hidden_; ++i) rest[i] *= r[i];
    } else {
      for (int64_t i = 0; i < hidden_; ++i) at.scaled[i] = r[i] * at.h[i];
      multiply_state(at, 2 * hidden_, hidden_, at.scaled);
    }
    add(proposed, rest, hidden_);
    activate(at, 1, proposed);
    for (int64_t i = 0; i < hidden_; ++i) at.h[i] = (1 - z[i]) * proposed[i] + z[i] * at.h[i];
  }
  // Gates stand in the order input, output, forget, cell.
  void take_lstm_step(const Cursor& at, float* x) const {
    multiply_state(at, 0, rows_, at.h);
    add(x, at.products, rows_);
    float *i = x, *o = x + hidden_, *f = x + 2 * hidden_, *cell = x + 3 * hidden_;
    const float* p = peepholes_ == nullptr ? nullptr : peepholes_ + at.d * 3 * hidden_;
    const auto look = [&](float* gate, int64_t which) {
      if (p == nullptr) return;
      for (int64_t j = 0; j < hidden_; ++j) gate[j] += p[which * hidden_ + j] * at.c[j];
    };
    look(i, 0);
    look(f, 2);
    activate(at, 0, i);
    activate(at, 0, f);
    activate(at, 1, cell);
    if (attrs_.input_forget) {
      for (int64_t j = 0; j < hidden_; ++j) f[j] = 1 - i[j];
    }
    for (int64_t j = 0; j < hidden_; ++j) at.c[j] = f[j] * at.c[j] + i[j] * cell[j];
    clip(at.c, attrs_.state_clip);
    look(o, 1);
    activate(at, 0, o);
    std::copy_n(at.c, hidden_, at.h);
    activate_unclipped(at, 2, at.h);
    for (int64_t j = 0; j < hidden_; ++j) at.h[j] *= o[j];
  }

  RecurrentAttrs attrs_;
  const RecurrentFns& fns_;
  std::vector<CellActivation> activations_;
  int64_t time_, batch_, input_, directions_, hidden_, rows_;
  const float *x_, *w_, *r_, *bias_, *initial_h_, *initial_c_, *peepholes_;
  const int32_t* lengths_;
  float *y_, *last_h_, *last_c_;
  std::vector<float> zeros_;
};

}  // namespace

std::span<const CpuKernel> recurrent_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"recurrent", "generic",
       [](const StepBinding& b) { return b.operands[0].view.dtype == DType::f32; },
       [](const StepBinding& b) -> std::unique_ptr<CpuStep> {
         return std::make_unique<RecurrentStep>(b);
       }}};
  return kKernels;
}

}  // namespace hone
