#include <algorithm>
#include <filesystem>
#include <optional>

#include "backend/cpu/processor.h"
#include "base/json.h"
#include "base/machine.h"
#include "commands.h"
#include "dump_passes.h"
#include "engine/tuning_file.h"
#include "model_access.h"
#include "progress.h"
#include "tune_program.h"
#include "write_engine.h"

namespace hone::cli {
namespace {

struct CompileOptions {
  std::string model;
  std::string out;
  uint64_t release = 0;
  std::string dump_passes;
  std::vector<std::string> skip_passes;
  double tune_seconds = 10;
  std::string timing_cache;
  int threads = 0;
  bool offline = false;
  bool json = false;

  template <class V>
  void visit(V& v) {
    v("-m,--model,model", model, "a model file, or a name from the catalogue").as("MODEL");
    v("-o,--out,--output", out, "the engine to write")
        .as("FILE")
        .when_unset("the model's name with .hone, in this folder");
    v("--release", release, "a number that grows from engine to engine, kept in it")
        .between(0, 1e15);
    v("--dump-passes", dump_passes,
      "write the graph after each pass, as text and as a page that draws it, into this folder")
        .as("FOLDER");
    v("--skip-pass", skip_passes, "leave a pass of the compiler out").as("NAME").not_empty();
    v("--tune-seconds", tune_seconds,
      "measure for about this long at most which kernels run it fastest here; 0: do not")
        .between(0, 3600);
    v("--timing-cache", timing_cache,
      "a file of what was measured: read, added to, and the same choices again")
        .as("FILE");
    v("-t,--threads", threads, "threads to tune for")
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
  return cat(out, ": ", human_bytes(made.bytes), ", ", made.weights, " weights",
             made.packed == 0 ? "" : cat(", ", made.packed, " packed for the processor"), "\n");
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

// The timing cache, with what was measured now.
Status add_to_cache(const std::string& path, std::vector<Tuning> tunings, const Tuning& measured) {
  const auto own = std::ranges::find_if(tunings, [&](const Tuning& one) {
    return one.processor == measured.processor && one.build == measured.build;
  });
  Tuning& all = own == tunings.end() ? tunings.emplace_back(measured) : *own;
  for (const KernelChoice& choice : measured.choices) all.set(choice);
  return write_tunings(path, tunings);
}

// Nothing if it is not to be tuned, or cannot be.
Expected<std::optional<Tuned>> tune_it(const ModelFiles& files, const CompileOptions& options,
                                       Context& context) {
  if (options.tune_seconds == 0 || !takes_tensors(files)) return std::nullopt;
  std::vector<Tuning> tunings;
  if (!options.timing_cache.empty()) {
    HONE_TRY(tunings, read_tunings(options.timing_cache));
  }
  auto made = tune_program(files,
                           {.seconds = options.tune_seconds,
                            .threads = options.threads,
                            .inputs = {},
                            .known = find_tuning(tunings, processor_key(), build_id())},
                           context);
  if (!made && made.error().code == Code::canceled) return std::unexpected(made.error());
  if (!made) {
    context.console.note(cat("not tuned: ", made.error().text()));
    return std::nullopt;
  }
  if (!options.timing_cache.empty() && made->tuned.report.measured > 0) {
    HONE_RETURN_IF_ERROR(
        add_to_cache(options.timing_cache, std::move(tunings), made->tuned.tuning));
  }
  return std::move(made->tuned);
}

Json json_of(const WrittenEngine& made, const std::string& out) {
  Json json = Json::object();
  json.set("engine", out);
  json.set("bytes", made.bytes);
  json.set("weights", made.weights);
  json.set("weight_bytes", made.weight_bytes);
  json.set("packed", made.packed);
  return json;
}

Expected<int> run(const CompileOptions& options, Context& context) {
  const Network network = options.offline ? Network::forbidden : Network::allowed;
  HONE_TRY(const ModelFiles files, one_model(options.model, network, context));
  if (files.format == FileFormat::hone) {
    return fail(Code::invalid_argument, files.path, ": is an engine already");
  }
  const std::string out = options.out.empty() ? default_out(files) : options.out;
  HONE_TRY(const std::optional<Tuned> tuned, tune_it(files, options, context));
  ProgressBar bar(context.console, "compiling", 0);
  PassDump dump;
  passes::PipelineOptions pipeline{.skip = options.skip_passes, .observe = {}};
  if (!options.dump_passes.empty()) {
    pipeline.observe = [&](const passes::PassResult& result) { dump.take(result); };
  }
  const Expected<WrittenEngine> written =
      write_engine(files, out,
                   {.release = options.release,
                    .tuning = tuned ? &tuned->tuning : nullptr,
                    .pipeline = std::move(pipeline)},
                   [&](uint64_t done, uint64_t total) { bar.update(done, total); });
  bar.finish();
  if (!options.dump_passes.empty()) {  // of a pass that failed, too
    HONE_RETURN_IF_ERROR(
        dump.write(options.dump_passes, std::filesystem::path(files.path).filename().string()));
  }
  HONE_TRY(const WrittenEngine made, written);
  Json json = json_of(made, out);
  std::string text = text_of(made, out);
  if (tuned) {
    json.set("tuning", tuning_json(tuned->report));
    text += tune_text(tuned->report) + "\n";
  }
  HONE_RETURN_IF_ERROR(context.console.print(options.json ? json.write(kJsonPretty) + "\n" : text));
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
           "measures there.",
       .examples = {{"hone compile yolo.onnx -o yolo.hone", "a vision model"},
                    {"hone compile smollm2", "the catalogue's, to smollm2-135m.hone"},
                    {"hone run yolo.hone --image street.jpg", "and run it"},
                    {"hone compile yolo.onnx --dump-passes passes",
                     "open passes/index.html to see what the compiler did"}}},
      run);
}

}  // namespace hone::cli
