#include "program_precision.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>

#include "backend/cpu/choice.h"
#include "backend/cpu/target.h"
#include "base/json.h"
#include "golden_samples.h"
#include "open/load_program.h"
#include "passes/pipeline.h"
#include "status_line.h"
#include "tensor_error.h"

namespace hone::cli {
namespace {

using Sample = std::vector<RunValue>;

bool is_float_tensor(const RunValue& value) {
  if (value.kind != RunValue::Kind::tensor) return false;
  const DType dtype = value.tensor.dtype();
  return dtype == DType::f32 || dtype == DType::f64 || dtype == DType::f16 || dtype == DType::bf16;
}

// The root of the mean of squares.
double size_of(const std::vector<double>& values, double middle) {
  double squares = 0;
  for (const double value : values) squares += (value - middle) * (value - middle);
  return values.empty() ? 0 : std::sqrt(squares / static_cast<double>(values.size()));
}

// Noise as a share of the signal: the size of the difference by the deviation of the reference; of
// a constant, by its size. Infinite where either holds what is not finite, unless both do.
double noise_of(const Tensor& exact, const Tensor& got) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  const auto a = numbers_of(exact), b = numbers_of(got);
  if (!a || !b || a->size() != b->size()) return kFar;
  std::vector<double> signal, noise;
  for (size_t i = 0; i < a->size(); ++i) {
    const double x = (*a)[i], y = (*b)[i];
    if (x == y || (std::isnan(x) && std::isnan(y))) {
      noise.push_back(0);
    } else if (!std::isfinite(x) || !std::isfinite(y)) {
      return kFar;
    } else {
      noise.push_back(x - y);
    }
    if (std::isfinite(x)) signal.push_back(x);
  }
  const double apart = size_of(noise, 0);
  if (apart == 0) return 0;
  const double mean =
      std::reduce(signal.begin(), signal.end()) / static_cast<double>(signal.size());
  const double deviation = size_of(signal, mean),
               scale = deviation > 0 ? deviation : std::abs(mean);
  return scale > 0 ? apart / scale : kFar;
}

// How far an output is from the one of f32. What are no floats is equal or as far as can be.
double distance(const RunValue& exact, const RunValue& got) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  if (exact.kind != got.kind) return kFar;
  if (exact.kind != RunValue::Kind::tensor) return kFar;  // what is not compared keeps f32
  if (exact.tensor.dims() != got.tensor.dims()) return kFar;
  const double noise = noise_of(exact.tensor, got.tensor);
  return noise == 0 || is_float_tensor(exact) ? noise : kFar;
}

class Sessions final : public PrecisionTarget {
 public:
  Sessions(ImportedProgram imported, ir::Graph graph, const PrecisionRequest& request)
      : imported_(std::move(imported)), graph_(std::move(graph)), request_(request) {}

  Status prepare(std::vector<Sample> samples) {
    samples_ = std::move(samples);
    HONE_TRY(LoadedProgram * fine, with({}));
    for (const Sample& sample : samples_) {
      HONE_RETURN_IF_ERROR(fine->session->reset());
      HONE_TRY(exact_.emplace_back(), fine->session->run(sample));
    }
    return {};
  }

  Expected<std::vector<std::string>> layers(Precision precision) override {
    HONE_TRY(LoadedProgram all, open({.all = precision}));
    HONE_TRY(const Profile profile, all.session->profile(samples_[0]));
    std::vector<std::string> names;
    for (const StepTime& step : profile.steps) {
      if (precision_of(step.op, step.variant) == precision) names.push_back(step.name);
    }
    return names;
  }

  Expected<double> error(const LayerPrecisions& coarse, Samples samples) override {
    HONE_TRY(LoadedProgram * model, with(coarse));
    double most = 0;
    for (size_t i = 0; i < (samples == Samples::all ? samples_.size() : 1); ++i) {
      HONE_RETURN_IF_ERROR(model->session->reset());
      HONE_TRY(const std::vector<RunValue> outputs, model->session->run(samples_[i]));
      for (size_t k = 0; k < outputs.size(); ++k) {
        most = std::max(most, distance(exact_[i][k], outputs[k]));
      }
    }
    return most;
  }

  Expected<std::map<std::string, double>> times(const LayerPrecisions& coarse) override {
    HONE_TRY(LoadedProgram * model, with(coarse));
    HONE_RETURN_IF_ERROR(model->session->reset());
    HONE_TRY(const Profile profile, model->session->profile(samples_[0]));
    std::map<std::string, double> times{{"", profile.us}};
    for (const StepTime& step : profile.steps) times[step.name] += step.us;
    return times;
  }

 private:
  Expected<LoadedProgram> open(passes::PrecisionWish wish) const {
    return open_program(imported_, graph_,
                        {.threads = request_.threads, .precision = std::move(wish)});
  }
  // The model with layers so; belongs to this until as many others were asked for as are kept.
  Expected<LoadedProgram*> with(const LayerPrecisions& coarse) {
    if (coarse.empty() && fine_ != nullptr) return fine_.get();
    const auto known = std::ranges::find(coarse_, coarse, &Coarse::layers);
    if (known != coarse_.end()) return known->program.get();
    if (coarse_.size() >= kept()) coarse_.erase(coarse_.begin());  // its memory first
    HONE_TRY(LoadedProgram opened, open({.all = Precision::f32, .steps = coarse}));
    auto program = std::make_unique<LoadedProgram>(std::move(opened));
    if (coarse.empty()) return (fine_ = std::move(program)).get();
    return coarse_.emplace_back(coarse, std::move(program)).program.get();
  }
  // Those that are measured in turn.
  size_t kept() const { return std::max<size_t>(1, request_.precisions.size()); }

  ImportedProgram imported_;
  ir::Graph graph_;
  const PrecisionRequest& request_;
  std::vector<Sample> samples_;
  std::vector<std::vector<RunValue>> exact_;  // outputs of f32, by sample
  struct Coarse {
    LayerPrecisions layers;
    std::unique_ptr<LoadedProgram> program;
  };
  std::unique_ptr<LoadedProgram> fine_;
  std::vector<Coarse> coarse_;  // the oldest first
};

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Expected<std::vector<Sample>> samples_of(const ModelFiles& files, const PrecisionRequest& request) {
  HONE_TRY(const GoldenSet set, program_samples(request.samples, files, request.threads));
  std::vector<Sample> samples;
  for (const GoldenSample& golden : set.golden.samples) {
    Sample& sample = samples.emplace_back();
    for (const GoldenTensor& input : golden.inputs) {
      HONE_TRY(Tensor tensor, tensor_of(input));
      sample.emplace_back(std::move(tensor));
    }
  }
  return samples;
}

}  // namespace

Expected<ProgramPrecision> choose_program_precision(const ModelFiles& files,
                                                    const PrecisionRequest& request,
                                                    Context& context) {
  StatusLine line(context.console);
  HONE_TRY(std::vector<Sample> samples, samples_of(files, request));
  HONE_TRY(ImportedProgram imported, import_program(files));
  HONE_TRY_CONTEXT(ir::Graph graph,
                   passes::run_pipeline(imported.graph, cpu_target(),
                                        {.skip = request.skip_passes, .observe = {}}),
                   files.path);
  ProgramPrecision made{.precisions = request.precisions,
                        .choice = {},
                        .wish = {},
                        .samples = samples.size(),
                        .max_error = request.max_error};
  Sessions sessions(std::move(imported), std::move(graph), request);
  HONE_RETURN_IF_ERROR(sessions.prepare(std::move(samples)));
  const auto progress = [&](const std::string& doing) {
    line.show(doing);
    return context.interrupt.check();
  };
  HONE_TRY(made.choice, choose_precision(sessions, {.precisions = request.precisions,
                                                    .max_error = request.max_error,
                                                    .seconds = request.seconds,
                                                    .now_s = now_s,
                                                    .progress = progress}));
  made.wish.steps = made.choice.coarse;
  return made;
}

namespace {

size_t count_of(const LayerPrecisions& layers, Precision precision) {
  const auto count =
      std::ranges::count(layers, precision, [](const auto& layer) { return layer.second; });
  return static_cast<size_t>(count);
}

// Of each precision what `tell` says, with commas.
template <class Tell>
std::string list_of(const std::vector<Precision>& precisions, Tell tell) {
  std::string text;
  for (const Precision precision : precisions) {
    text += cat(text.empty() ? "" : ", ", tell(precision));
  }
  return text;
}

}  // namespace

std::string precision_text(const ProgramPrecision& made) {
  constexpr size_t kMostLines = 12;
  const PrecisionChoice& choice = made.choice;
  const size_t layers = choice.coarse.size() + choice.fine.size();
  if (layers == 0) {
    return cat(list_of(made.precisions, [](Precision one) { return name_of(one); }),
               ": this processor has no kernels for any layer; all keep f32\n");
  }
  const auto percent = [](double share) {
    return cat(fixed(100 * share, share < 0.0001 ? 5 : 2), " %");
  };
  std::string text = cat(
      list_of(made.precisions,
              [&](Precision one) { return cat(name_of(one), ": ", count_of(choice.coarse, one)); }),
      " of ", layers, " layers");
  if (!choice.coarse.empty()) {
    text += cat("; adds ", percent(choice.error), " of noise to the outputs at most (bound ",
                percent(made.max_error), ", ", made.samples,
                made.samples == 1 ? " sample)" : " samples)");
  }
  text += "\n";
  for (size_t i = 0; i < std::min(kMostLines, choice.fine.size()); ++i) {
    text += cat("  ", printable(choice.fine[i].name), " keeps f32: ", choice.fine[i].why, "\n");
  }
  if (choice.fine.size() > kMostLines) {
    text += cat("  and ", choice.fine.size() - kMostLines, " more; --json tells all\n");
  }
  return text;
}

Json precision_json(const ProgramPrecision& made) {
  Json json = Json::object();
  json.set("samples", made.samples);
  json.set("max_error", made.max_error);
  json.set("error", made.choice.error);
  for (const Precision precision : made.precisions) {
    Json& coarse = json.set(std::string(name_of(precision)), Json::array());
    for (const auto& [layer, chosen] : made.choice.coarse) {
      if (chosen == precision) coarse.push(layer);
    }
  }
  Json& fine = json.set("f32", Json::array());
  for (const FineLayer& layer : made.choice.fine) {
    Json one = Json::object();
    one.set("layer", layer.name);
    one.set("why", layer.why);
    fine.push(std::move(one));
  }
  return json;
}

}  // namespace hone::cli
