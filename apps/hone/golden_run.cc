#include "golden_run.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>

#include "base/memory.h"
#include "golden_bound.h"
#include "open/load_language_model.h"
#include "open/load_program.h"
#include "tensor_error.h"

namespace hone::cli {

Expected<Tensor> tensor_of(const GoldenTensor& golden) {
  if (golden.sizes.size() > kMaxRank) return fail(Code::corrupt, "a tensor has too many axes");
  const Dims dims(golden.sizes);
  HONE_TRY(const int64_t bytes, checked_bytes(golden.dtype, dims));
  if (golden.dtype == DType::string || bytes != std::ssize(golden.bytes)) {
    return fail(Code::corrupt, "a tensor holds ", golden.bytes.size(), " bytes instead of ", bytes);
  }
  return Tensor::copy_of({golden.bytes.data(), golden.dtype, dims});
}

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kAnswerTokens = 16;
// As many runs as a percentile needs, fewer of a model that takes long.
constexpr size_t kRuns = 20, kLeastRuns = 5;
constexpr double kLongMs = 10'000;

struct SampleAnswer {
  std::vector<Tensor> outputs;
  std::vector<int32_t> tokens;
  std::vector<float> margins;
};

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// A model ready to answer samples.
class SampleRunner {
 public:
  static Expected<SampleRunner> open(const GoldenRun& run) {
    SampleRunner runner;
    runner.canceled_ = run.canceled;
    HONE_TRY(const EngineFile engine, open_engine(run.files));
    if (engine.holds(section_kind::kProgram)) {
      HONE_TRY(const Program program, engine.program());
      runner.numeric_ = numeric_class_of(program);
      HONE_TRY(runner.program_, load_program(run.files, {.threads = run.threads}));
      return runner;
    }
    HONE_TRY(const Plan plan, engine.plan());
    runner.numeric_ = numeric_class_of(plan);
    HONE_TRY(LanguageModelFile file, LanguageModelFile::open(run.files));
    HONE_TRY(runner.language_, load_language_model(std::move(file), {.threads = run.threads}));
    return runner;
  }

  Expected<SampleAnswer> answer(const GoldenSample& sample, size_t tokens) {
    if (canceled_ && canceled_()) return fail(Code::canceled, "interrupted");
    return program_ ? of_program(sample) : of_language_model(sample, tokens);
  }
  const NumericClass& numeric() const { return numeric_; }
  // Of a program's outputs; null where it is not known that they are codes.
  const std::optional<Codes>* codes(size_t output) const {
    return program_ && output < program_->codes.size() ? &program_->codes[output] : nullptr;
  }

 private:
  Expected<SampleAnswer> of_program(const GoldenSample& sample) {
    if (sample.inputs.size() != program_->inputs.size()) {
      return fail(Code::corrupt, "it has ", sample.inputs.size(), " inputs, and the model takes ",
                  program_->inputs.size());
    }
    std::vector<RunValue> inputs;
    for (const GoldenTensor& golden : sample.inputs) {
      HONE_TRY(Tensor input, tensor_of(golden));
      inputs.emplace_back(std::move(input));
    }
    HONE_RETURN_IF_ERROR(program_->session->reset());
    HONE_TRY(const std::vector<RunValue> outputs, program_->session->run(inputs));
    SampleAnswer answer;
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i].kind != RunValue::Kind::tensor || outputs[i].tensor.dtype() == DType::string) {
        return fail(Code::unsupported, "output '", printable(program_->outputs[i]),
                    "' is no tensor of numbers, which golden samples are");
      }
      answer.outputs.push_back(outputs[i].tensor);
    }
    return answer;
  }

  Expected<SampleAnswer> of_language_model(const GoldenSample& sample, size_t tokens) {
    LanguageModel& model = *language_->model;
    model.truncate(0, 0);
    HONE_TRY(std::span<const float> logits, model.evaluate(sample.prompt, 0));
    const Dims dims{std::ssize(logits)};
    HONE_TRY(Tensor first, Tensor::copy_of({reinterpret_cast<const std::byte*>(logits.data()),
                                            DType::f32, dims}));
    SampleAnswer answer{.outputs = {std::move(first)}};
    auto position = std::ssize(sample.prompt);
    while (true) {
      const auto best = std::ranges::max_element(logits);
      float second = -HUGE_VALF;
      for (const float& logit : logits) {
        if (&logit != &*best) second = std::max(second, logit);
      }
      const auto token = static_cast<int32_t>(best - logits.begin());
      answer.tokens.push_back(token);
      answer.margins.push_back(*best - second);
      if (answer.tokens.size() >= tokens) return answer;
      HONE_TRY(logits, model.evaluate({&token, 1}, position++));
    }
  }

  std::optional<LoadedProgram> program_;
  std::optional<LoadedLanguageModel> language_;
  NumericClass numeric_;
  std::function<bool()> canceled_;
};

// What an error is a share of.
double scale_of(const Tensor& tensor, double range) {
  if (range > 0) return range;
  const auto values = numbers_of(tensor);
  const double only = values && !values->empty() ? std::abs((*values)[0]) : 0;
  return only > 0 ? only : 1;
}

// Of the range; codes may be one apart, other integers are equal.
double bound_of(const Tensor& output, const SampleRunner& runner, size_t index) {
  const DType dtype = output.dtype();
  const bool floats =
      dtype == DType::f32 || dtype == DType::f64 || dtype == DType::f16 || dtype == DType::bf16;
  if (floats) return runner.numeric().share;
  const std::optional<Codes>* codes = runner.codes(index);
  if (codes == nullptr || !*codes) return 0;
  const auto measured = tensor_error(output, output);
  const double range = measured ? measured->range : 0;
  return std::max(runner.numeric().share, 1 / scale_of(output, range));
}

struct Compared {
  double error = 0;
  std::string wrong;
};

Compared compare(const GoldenOutput& golden, const Tensor& got) {
  const auto expected = tensor_of(golden.tensor);
  if (!expected) return {0, expected.error().text()};
  if (expected->dtype() != got.dtype() || expected->dims() != got.dims()) {
    return {0, "an output has another type or shape"};
  }
  const auto measured = tensor_error(*expected, got);
  if (!measured) return {0, measured.error().text()};
  if (measured->not_finite > 0) return {0, "an output has other infinite elements"};
  const double error = measured->max_abs / scale_of(*expected, measured->range);
  return {error, error > golden.bound ? "beyond its bound" : ""};
}

// Tokens are compared up to the first that the bound leaves open.
std::string wrong_token(const GoldenSample& sample, const SampleAnswer& answer) {
  const auto logits = tensor_of(sample.outputs[0].tensor);
  const auto measured = logits ? tensor_error(*logits, *logits) : Expected<TensorError>();
  const double open = measured ? 2 * sample.outputs[0].bound * measured->range : 0;
  for (size_t i = 0; i < sample.answer.size() && i < answer.tokens.size(); ++i) {
    const double margin = i < sample.margins.size() ? static_cast<double>(sample.margins[i]) : 0;
    if (margin <= open) return {};
    if (sample.answer[i] != answer.tokens[i]) {
      return cat("token ", i, " is ", answer.tokens[i], " instead of ", sample.answer[i]);
    }
  }
  return {};
}

SampleVerdict verdict_of(const GoldenSample& sample, const SampleAnswer& answer) {
  SampleVerdict verdict{.name = sample.name};
  if (sample.outputs.empty() || sample.outputs.size() != answer.outputs.size()) {
    verdict.wrong = "it has other outputs than the model";
    return verdict;
  }
  double nearest = -1;
  for (size_t i = 0; i < sample.outputs.size(); ++i) {
    const GoldenOutput& golden = sample.outputs[i];
    const Compared compared = compare(golden, answer.outputs[i]);
    if (verdict.wrong.empty()) verdict.wrong = compared.wrong;
    const double share = golden.bound > 0 ? compared.error / golden.bound : compared.error;
    if (share <= nearest) continue;
    nearest = share;
    verdict.error = compared.error;
    verdict.bound = golden.bound;
  }
  if (verdict.wrong.empty() && !sample.answer.empty()) {
    verdict.wrong = wrong_token(sample, answer);
  }
  return verdict;
}

double percentile_95(std::vector<double> times) {
  std::ranges::sort(times);
  return times[static_cast<size_t>(0.95 * static_cast<double>(times.size() - 1) + 0.5)];
}

Expected<double> measure_latency(SampleRunner& runner, const EngineGolden& golden) {
  std::vector<double> times;
  const Clock::time_point start = Clock::now();
  while (times.size() < kRuns && (times.size() < kLeastRuns || ms_since(start) < kLongMs)) {
    const GoldenSample& sample = golden.samples[times.size() % golden.samples.size()];
    const Clock::time_point begun = Clock::now();
    HONE_TRY([[maybe_unused]] const SampleAnswer answer,
             runner.answer(sample, sample.answer.size()));
    times.push_back(ms_since(begun));
  }
  return percentile_95(std::move(times));
}

}  // namespace

GoldenTensor GoldenSet::keep(Tensor tensor) {
  const ConstView view = tensor.view();
  const auto sizes = view.dims.sizes();
  kept.push_back(std::move(tensor));
  return {view.dtype,
          {sizes.begin(), sizes.end()},
          {view.data, static_cast<size_t>(size_bytes(view.dtype, view.dims))}};
}

bool GoldenVerdict::passed() const {
  return !too_slow && !too_large && std::ranges::all_of(samples, [](const SampleVerdict& sample) {
    return sample.wrong.empty();
  });
}

Status complete_golden(const GoldenRun& run, GoldenSet& set) {
  HONE_TRY(SampleRunner runner, SampleRunner::open(run));
  set.golden.numeric_class = runner.numeric().name;
  for (GoldenSample& sample : set.golden.samples) {
    HONE_TRY_CONTEXT(SampleAnswer answer, runner.answer(sample, kAnswerTokens), "golden sample '",
                     sample.name, "'");
    const bool given = !sample.outputs.empty();
    for (size_t i = 0; i < answer.outputs.size(); ++i) {
      const double bound = bound_of(answer.outputs[i], runner, i);
      if (!given) sample.outputs.push_back({set.keep(std::move(answer.outputs[i])), bound});
      if (given && i < sample.outputs.size()) sample.outputs[i].bound = bound;
    }
    sample.answer = std::move(answer.tokens);
    sample.margins = std::move(answer.margins);
  }
  return {};
}

Expected<GoldenVerdict> check_golden(const GoldenRun& run, const EngineGolden& golden) {
  if (golden.samples.empty()) return fail(Code::corrupt, "its list of golden samples is empty");
  HONE_TRY(SampleRunner runner, SampleRunner::open(run));
  GoldenVerdict verdict;
  for (const GoldenSample& sample : golden.samples) {
    HONE_TRY_CONTEXT(const SampleAnswer answer, runner.answer(sample, sample.answer.size()),
                     "golden sample '", printable(sample.name), "'");
    verdict.samples.push_back(verdict_of(sample, answer));
  }
  HONE_TRY(verdict.latency_ms, measure_latency(runner, golden));
  verdict.memory_bytes = peak_resident_memory();
  verdict.too_slow = golden.latency_ms > 0 && verdict.latency_ms > golden.latency_ms;
  verdict.too_large = golden.memory_bytes > 0 && verdict.memory_bytes > golden.memory_bytes;
  return verdict;
}

}  // namespace hone::cli
