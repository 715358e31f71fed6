#include <algorithm>
#include <filesystem>
#include <optional>

#include "backend/cpu/processor.h"
#include "base/json.h"
#include "base/machine.h"
#include "base/output_file.h"
#include "commands.h"
#include "compile_targets.h"
#include "dump_passes.h"
#include "engine/tuning_file.h"
#include "golden_samples.h"
#include "model_access.h"
#include "open/language_model_file.h"
#include "program_precision.h"
#include "progress.h"
#include "show_kernels.h"
#include "tune_program.h"
#include "write_engine.h"
#include "write_golden.h"

namespace hone::cli {
namespace {

struct CompileOptions {
  std::string model;
  std::string out;
  uint64_t release = 0;
  std::string dump_passes;
  bool dump_layers = false;
  std::vector<std::string> skip_passes;
  std::string golden;
  std::optional<double> budget_latency_ms;
  std::optional<double> budget_memory_mb;
  std::vector<std::string> targets;
  std::vector<std::string> shapes;
  bool bf16 = false;
  bool winograd = false;
  bool best = false;
  double max_error = 2;
  double tune_seconds = 10;
  std::string timing_cache;
  int threads = 0;
  bool offline = false;
  bool json = false;

  template <class V>
  void visit(V& v) {
    v("-m,--model,model", model, "a model file, or a name from the catalogue")
        .as("MODEL")
        .require();
    v("-o,--out,--output", out, "the engine to write")
        .as("FILE")
        .when_unset("the model's name with .hone, in this folder");
    v("--release", release, "a number that grows from engine to engine, kept in it")
        .between(0, 1e15);
    v("--dump-layers", dump_layers,
      "also print by which kernel each layer of it runs here: 'hone show --kernels'");
    v("--dump-passes", dump_passes,
      "write the graph after each pass, as text and as a page that draws it, into this folder")
        .as("FOLDER");
    v("--skip-pass", skip_passes, "leave a pass of the compiler out").as("NAME").not_empty();
    v("--golden", golden,
      "keep so many generated samples with the outputs that are right, or those in a folder")
        .as("N|FOLDER")
        .not_empty();
    v("--budget-latency-ms", budget_latency_ms,
      "95th percentile of a sample's time that 'hone verify --golden' allows")
        .between(0.001, 1e9)
        .when_unset("twice what is measured");
    v("--budget-memory", budget_memory_mb, "megabytes that it allows the process")
        .between(1, 1e9)
        .when_unset("a quarter and 16 MB more than is measured");
    v("--target", targets,
      "processors that it is packed for, the most important first; weights that their kernels read "
      "differently are stored for each: native, x86-avx2, x86-avx512vnni, x86-avx512bf16, x86-amx, "
      "arm-neon, arm-dotprod, scalar, wasm-simd, generic (as the model has them)")
        .as("NAME,...")
        .not_empty()
        .when_unset("native");
    v("--shapes", shapes,
      "sizes of an input that the model leaves open: NAME=1x3x640x640, or from smallest to largest "
      "NAME=MIN:OPT:MAX; of a language model tokens=1:OPT:MAX, of a prompt in one run")
        .as("SIZES");
    v("--bf16", bf16,
      "multiply in bf16 where that is faster, as long as the outputs stay near those of f32");
    v("--winograd", winograd,
      "convolve 3 x 3 by Winograd's transforms, in f32, where that is faster, likewise");
    v("--best", best, "of bf16 and winograd, for each layer what this processor is fastest in");
    v("--max-error", max_error,
      "percent of noise that these may add to an output, on the golden samples")
        .between(0, 100);
    v("--tune-seconds", tune_seconds,
      "measure for about this long at most which kernels run it fastest here; 0: do not")
        .between(0, 3600);
    v("--timing-cache", timing_cache,
      "a file of what was measured: read, added to, and the same choices again; what it holds of "
      "other processors that are targets goes along")
        .as("FILE");
    v("-t,--threads", threads, "threads to tune for, and to run the samples")
        .between(1, 512)
        .when_unset("as many as there are processors");
    v("--offline", offline, "use no network");
    v("--json", json, "print one JSON object");
  }
};

std::string default_out(const ModelFiles& files) {
  const std::string name =
      files.name.empty() ? std::filesystem::path(files.path).stem().string() : files.name;
  return name + ".hone";
}

std::string text_of(const WrittenEngine& made, const std::string& out) {
  const bool one = made.targets.size() < 2;
  return cat(out, ": ", human_bytes(made.bytes), ", ", made.weights, " weights",
             made.packed == 0 ? ""
                              : cat(", ", made.packed, " packed for ",
                                    one ? printable(made.targets[0].name) : "the targets"),
             "\n", one ? "" : cat("targets: ", targets_text(made.targets), "\n"));
}

Json tuning_json(const TuneReport& report) {
  Json json = Json::object();
  json.set("steps", report.steps);
  json.set("tuned", report.tuned);
  json.set("measured", report.measured);
  json.set("changed", report.changed);
  json.set("before_ms", report.before_us / 1000);
  json.set("after_ms", report.after_us / 1000);
  return json;
}

// The timing cache; empty if there is none.
Expected<std::vector<Tuning>> read_cache(const CompileOptions& options) {
  if (options.timing_cache.empty()) return std::vector<Tuning>();
  return read_tunings(options.timing_cache);
}

// The timing cache, with what was measured now.
Status add_to_cache(const std::string& path, std::vector<Tuning> tunings, const Tuning& measured) {
  const auto own = std::ranges::find_if(tunings, [&](const Tuning& one) {
    return one.processor == measured.processor && one.build == measured.build;
  });
  Tuning& all = own == tunings.end() ? tunings.emplace_back(measured) : *own;
  for (const KernelChoice& choice : measured.choices) all.set(choice);
  return write_tunings(path, tunings);
}

bool may_be_coarse(const CompileOptions& options) {
  return options.bf16 || options.winograd || options.best;
}

std::vector<Precision> precisions_of(const CompileOptions& options) {
  std::vector<Precision> all;
  if (options.bf16 || options.best) all.push_back(Precision::bf16);
  if (options.winograd || options.best) all.push_back(Precision::winograd);
  return all;
}

// Of a precision's choice, and of the tuning that follows.
double tune_seconds(const CompileOptions& options) {
  return may_be_coarse(options) ? options.tune_seconds / 2 : options.tune_seconds;
}

// Nothing if all is to be f32.
Expected<std::optional<ProgramPrecision>> precision_of(const ModelFiles& files,
                                                       const CompileOptions& options,
                                                       Context& context) {
  if (!may_be_coarse(options)) return std::nullopt;
  constexpr std::string_view kSamples = "4";
  auto made = choose_program_precision(
      files,
      {.precisions = precisions_of(options),
       .max_error = options.max_error / 100,
       .seconds = tune_seconds(options),
       .samples = options.golden.empty() ? std::string(kSamples) : options.golden,
       .threads = options.threads,
       .skip_passes = options.skip_passes},
      context);
  // A model that cannot be run here without being told its inputs.
  if (!made && made.error().code != Code::canceled && options.golden.empty()) {
    context.console.note(cat("all layers keep f32: ", made.error().text(), "\n"));
    return std::nullopt;
  }
  if (!made) return std::unexpected(made.error());
  return *std::move(made);
}

// Nothing if it is not to be tuned, or cannot be.
Expected<std::optional<Tuned>> tune_it(const ModelFiles& files, const CompileOptions& options,
                                       std::span<const EngineTarget> targets,
                                       const passes::PrecisionWish& precision,
                                       std::vector<Tuning> tunings, Context& context) {
  if (options.tune_seconds == 0 || !takes_tensors(files)) return std::nullopt;
  if (!are_for_here(targets)) {
    context.console.note(cat("not tuned: this processor is ", target_of(best_isa()).name,
                             ", and none of the targets\n"));
    return std::nullopt;
  }
  auto made = tune_program(files,
                           {.seconds = tune_seconds(options),
                            .threads = options.threads,
                            .precision = precision,
                            .inputs = {},
                            .known = find_tuning(tunings, processor_key(), build_id()),
                            .skip_passes = options.skip_passes},
                           context);
  if (!made && made.error().code == Code::canceled) return std::unexpected(made.error());
  if (!made) {
    context.console.note(cat("not tuned: ", made.error().text(), "\n"));
    return std::nullopt;
  }
  if (!options.timing_cache.empty() && made->tuned.report.measured > 0) {
    HONE_RETURN_IF_ERROR(
        add_to_cache(options.timing_cache, std::move(tunings), made->tuned.tuning));
  }
  return std::move(made->tuned);
}

Json json_of(const WrittenEngine& made, const std::optional<GoldenSummary>& golden,
             const std::string& out) {
  Json json = Json::object();
  json.set("engine", out);
  json.set("bytes", made.bytes);
  json.set("weights", made.weights);
  json.set("weight_bytes", made.weight_bytes);
  json.set("packed", made.packed);
  json.set("targets", targets_json(made.targets));
  if (golden) {
    Json& samples = json.set("golden", Json::object());
    samples.set("samples", golden->samples);
    samples.set("latency_p95_ms", golden->latency_ms);
    samples.set("memory_bytes", golden->memory_bytes);
  }
  return json;
}

std::string golden_text(const GoldenSummary& golden) {
  return cat("golden samples: ", golden.samples, ", p95 ", fixed(golden.latency_ms, 2),
             " ms, peak ", human_bytes(golden.memory_bytes), "\n");
}

// With golden samples, by way of an engine without.
Expected<GoldenSummary> add_samples(const CompileOptions& options, const std::string& plain,
                                    const std::string& out, Context& context) {
  const GoldenWish wish{.samples = options.golden,
                        .latency_ms = options.budget_latency_ms,
                        .memory_mb = options.budget_memory_mb,
                        .threads = options.threads};
  auto summary = write_golden(plain, wish, out, context);
  std::error_code ignored;
  std::filesystem::remove(plain, ignored);
  return summary;
}

// Whether the options go together, before anything takes long.
Status check_options(const CompileOptions& options, const ModelFiles& files,
                     std::span<const EngineTarget> targets) {
  HONE_RETURN_IF_ERROR(passes::check_pass_names(options.skip_passes));
  if (!options.golden.empty()) HONE_RETURN_IF_ERROR(check_golden_wish(options.golden));
  if (options.golden.empty() && (options.budget_latency_ms || options.budget_memory_mb)) {
    return fail(Code::invalid_argument,
                "budgets are held by golden samples; add --golden N, or --golden FOLDER");
  }
  if (options.dump_layers && (options.json || !takes_tensors(files))) {
    return fail(Code::invalid_argument,
                "--dump-layers prints a table for models that take tensors; with --json, use "
                "'hone show --kernels --json' on the engine");
  }
  if (!may_be_coarse(options)) return {};
  if (!takes_tensors(files)) {
    return fail(Code::invalid_argument,
                "--bf16, --winograd and --best are for models that take tensors");
  }
  if (are_for_here(targets)) return {};
  return fail(Code::invalid_argument,
              "--bf16, --winograd and --best measure on this processor, which is ",
              target_of(best_isa()).name, ", and none of the targets");
}

// What is written can be, and is nothing that is read.
Status check_outputs(const CompileOptions& options, const ModelFiles& files,
                     const std::string& out) {
  HONE_RETURN_IF_ERROR(check_output(out, files));
  HONE_RETURN_IF_ERROR(check_output(options.timing_cache, files));
  if (out != options.timing_cache && !is_same_file(out, options.timing_cache)) return {};
  return fail(Code::invalid_argument, out, ": is the timing cache; name another file");
}

// An engine, packed for other targets.
Expected<int> repack(const CompileOptions& options, const ModelFiles& files, Context& context) {
  if (options.targets.empty() || options.out.empty()) {
    return fail(Code::invalid_argument, files.path,
                ": is an engine already; with --target and --out it is packed for others");
  }
  if (may_be_coarse(options) || options.release != 0 || !options.timing_cache.empty() ||
      !options.golden.empty() || !options.shapes.empty() || !options.skip_passes.empty() ||
      !options.dump_passes.empty()) {
    return fail(Code::invalid_argument, files.path,
                ": is an engine: but for its targets, it stays as it was compiled");
  }
  HONE_TRY(const std::vector<EngineTarget> targets, read_targets(options.targets, context));
  HONE_RETURN_IF_ERROR(check_output(options.out, files));
  HONE_TRY(const EngineFile engine, open_engine(files));
  HONE_RETURN_IF_ERROR(
      engine.check_all([&](uint64_t, uint64_t) { return context.interrupt.check(); }));
  HONE_TRY(const WrittenEngine made,
           repack_engine(engine, options.out, {.targets = targets},
                         [&](uint64_t, uint64_t) { return context.interrupt.check(); }));
  if (!engine.signatures().empty()) {
    context.console.note(cat(options.out, ": is not signed; sign it with 'hone sign'\n"));
  }
  const Json json = json_of(made, {}, options.out);
  HONE_RETURN_IF_ERROR(context.console.print(options.json ? json.write(kJsonPretty) + "\n"
                                                          : text_of(made, options.out)));
  return 0;
}

struct Compiled {
  WrittenEngine engine;
  std::optional<ProgramPrecision> coarse;
  std::optional<Tuned> tuned;
  std::optional<GoldenSummary> golden;
};

Status report(const Compiled& made, const std::string& out, const CompileOptions& options,
              Context& context) {
  Json json = json_of(made.engine, made.golden, out);
  std::string text = text_of(made.engine, out);
  if (made.coarse) {
    json.set("precision", precision_json(*made.coarse));
    text += precision_text(*made.coarse);
  }
  if (made.tuned) {
    json.set("tuning", tuning_json(made.tuned->report));
    text += tune_text(made.tuned->report) + "\n";
  }
  if (made.golden) text += golden_text(*made.golden);
  if (!options.dump_passes.empty()) {
    const std::string page = options.dump_passes + "/index.html";
    json.set("passes", page);
    text += cat("passes: ", page, "\n");
  }
  HONE_RETURN_IF_ERROR(context.console.print(options.json ? json.write(kJsonPretty) + "\n" : text));
  if (!options.dump_layers) return {};
  HONE_TRY(const ModelFiles engine, one_model(out, Network::forbidden, context));
  HONE_TRY([[maybe_unused]] const int status, show_kernels(engine, false, context));
  return {};
}

Expected<int> run(const CompileOptions& options, Context& context) {
  const Network network = options.offline ? Network::forbidden : Network::allowed;
  HONE_TRY(ModelFiles files, one_model(options.model, network, context));
  if (files.format == FileFormat::hone) return repack(options, files, context);
  HONE_TRY(const std::vector<EngineTarget> targets, read_targets(options.targets, context));
  HONE_RETURN_IF_ERROR(check_options(options, files, targets));
  files.shapes = options.shapes;
  const std::string out = options.out.empty() ? default_out(files) : options.out;
  HONE_RETURN_IF_ERROR(check_outputs(options, files, out));
  const std::string written = options.golden.empty() ? out : cat(partial_name(out), ".hone");
  Compiled made;
  HONE_TRY(made.coarse, precision_of(files, options, context));
  const passes::PrecisionWish precision = made.coarse ? made.coarse->wish : passes::PrecisionWish();
  HONE_TRY(const std::vector<Tuning> cache, read_cache(options));
  HONE_TRY(made.tuned, tune_it(files, options, targets, precision, cache, context));
  std::vector<Tuning> tunings = measured_elsewhere(cache, targets);
  if (made.tuned) tunings.insert(tunings.begin(), made.tuned->tuning);
  ProgressBar bar(context.console, "compiling", 0);
  PassDump dump;
  passes::PipelineOptions pipeline{.skip = options.skip_passes, .observe = {}};
  if (!options.dump_passes.empty()) {
    pipeline.observe = [&](const passes::PassResult& result) { dump.take(result); };
  }
  Expected<WrittenEngine> engine = write_engine(files, written,
                                                {.release = options.release,
                                                 .targets = targets,
                                                 .tunings = tunings,
                                                 .pipeline = std::move(pipeline),
                                                 .precision = precision},
                                                [&](uint64_t done, uint64_t total) {
                                                  bar.update(done, total);
                                                  return context.interrupt.check();
                                                });
  bar.finish();
  if (!options.dump_passes.empty()) {  // of a pass that failed, too
    HONE_RETURN_IF_ERROR(
        dump.write(options.dump_passes, std::filesystem::path(files.path).filename().string()));
  }
  HONE_TRY(made.engine, std::move(engine));
  if (!options.golden.empty()) {
    HONE_TRY(made.golden, add_samples(options, written, out, context));
    std::error_code ignored;
    made.engine.bytes = std::filesystem::file_size(out, ignored);
  }
  HONE_RETURN_IF_ERROR(report(made, out, options, context));
  return 0;
}

}  // namespace

Command compile_command() {
  return make_command<CompileOptions>(
      {.name = "compile",
       .summary = "turn a model into one file that is mapped, not loaded",
       .words = "MODEL [-o FILE.hone]",
       .description =
           "An engine holds the plan that hone makes of a model, its weights as the processor's "
           "kernels read them, the tokenizer or the task with its labels, and a hash of each part. "
           "Every command that takes a model takes it. Models that take tensors are tuned: of the "
           "kernels that give the same bits, those are kept that measured faster on this "
           "processor; other processors run the engine by the usual ones, and 'hone tune' "
           "measures there. It runs on all of them: --target only decides which read its weights "
           "where they lie, and which pack them anew when they start. "
           "With --golden it also holds samples with the right outputs and budgets for time and "
           "memory, which 'hone verify --golden' holds against the device that it runs on.",
       .examples = {{"hone compile yolo.onnx -o yolo.hone", "a vision model"},
                    {"hone compile smollm2", "the catalogue's, to smollm2-135m.hone"},
                    {"hone compile yolo.onnx -o yolo.hone --golden 4", "with an acceptance test"},
                    {"hone compile yolo.onnx --target native,arm-dotprod",
                     "packed for two processors"},
                    {"hone compile yolo.hone --target arm-dotprod -o arm.hone",
                     "an engine, packed anew for another"},
                    {"hone compile yolo.onnx --shapes images=1x3x320x320",
                     "for pictures of one size"},
                    {"hone run yolo.hone --image street.jpg", "and run it"},
                    {"hone compile yolo.onnx --dump-passes passes",
                     "open passes/index.html to see what the compiler did"}}},
      run);
}

}  // namespace hone::cli
