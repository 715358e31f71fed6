#include "backend/cpu/processor.h"
#include "base/json.h"
#include "base/machine.h"
#include "commands.h"
#include "model_access.h"
#include "open/load_program.h"
#include "tune_program.h"

namespace hone::cli {
namespace {

struct TuneCommandOptions {
  std::string model;
  std::vector<std::string> inputs;
  double seconds = 10;
  int threads = 0;
  bool forget = false;
  bool offline = false;
  bool json = false;

  template <class V>
  void visit(V& v) {
    v("-m,--model,model", model, "a model file, an engine, or a name from the catalogue")
        .as("MODEL");
    v("--input", inputs, "measure with this input: NAME=1x3x640x640, or NAME=FILE.npy").as("INPUT");
    v("--seconds,--tune-seconds", seconds, "measure for about this long at most")
        .between(0.1, 3600);
    v("-t,--threads", threads, "threads to tune for; the result is for so many only")
        .between(1, 512)
        .when_unset("as many as there are processors");
    v("--forget", forget, "run as usual again: delete what was measured of this model");
    v("--offline", offline, "use no network");
    v("--json", json, "print one JSON object");
  }
};

Status need_cache_folder(const ModelFiles& files) {
  if (!files.cache_folder.empty()) return {};
  return fail(Code::not_found,
              "there is no cache folder to keep it in; set HONE_HOME, XDG_CACHE_HOME or HOME");
}

// Adds to what was measured of other sizes and for other numbers of threads.
Status keep_tuning(const ModelFiles& files, const TunedProgram& made) {
  const TuningStore store = tuning_store(files.cache_folder);
  const Tuning& measured = made.tuned.tuning;
  Tuning all = store.find(made.digest, measured.processor, measured.build).value_or(measured);
  for (const KernelChoice& choice : measured.choices) all.set(choice);
  return store.keep(made.digest, all);
}

Status forget_tuning(const ModelFiles& files) {
  HONE_TRY(const LoadedProgram model, load_program(files, {.threads = 1, .will_tune = true}));
  return tuning_store(files.cache_folder).forget(model.digest, processor_key(), build_id());
}

Json json_of(const TuneReport& report, const std::string& path) {
  Json json = Json::object();
  json.set("model", path);
  json.set("steps", report.steps);
  json.set("tuned", report.tuned);
  json.set("changed", report.changed);
  json.set("before_ms", report.before_us / 1000);
  json.set("after_ms", report.after_us / 1000);
  json.set("dropped", report.dropped);
  json.set("timed_out", report.timed_out);
  return json;
}

// One model, or one part of a bundle.
Status tune_one(const ModelFiles& files, const TuneCommandOptions& options, Context& context) {
  if (!takes_tensors(files)) {
    return fail(Code::unsupported, files.path,
                ": language models are not tuned yet; they run by the usual kernels");
  }
  if (options.forget) return forget_tuning(files);
  HONE_TRY(const TunedProgram made, tune_program(files,
                                                 {.seconds = options.seconds,
                                                  .threads = options.threads,
                                                  .inputs = options.inputs,
                                                  .known = nullptr},
                                                 context));
  HONE_RETURN_IF_ERROR(keep_tuning(files, made));
  const TuneReport& report = made.tuned.report;
  const std::string name = files.role.empty() ? files.path : files.role;
  return context.console.print(options.json ? json_of(report, files.path).write(kJsonPretty) + "\n"
                                            : cat(name, ": ", tune_text(report), "\n"));
}

Expected<int> run(const TuneCommandOptions& options, Context& context) {
  const Network network = options.offline ? Network::forbidden : Network::allowed;
  HONE_TRY(const ModelFiles files, model_files(options.model, network, context));
  HONE_RETURN_IF_ERROR(need_cache_folder(files));
  if (files.parts.empty()) {
    HONE_RETURN_IF_ERROR(tune_one(files, options, context));
  }
  for (const ModelFiles& part : files.parts) {
    HONE_RETURN_IF_ERROR(tune_one(part, options, context));
  }
  return 0;
}

}  // namespace

Command tune_command() {
  return make_command<TuneCommandOptions>(
      {.name = "tune",
       .summary = "measure which kernels run a model fastest on this machine",
       .words = "MODEL",
       .description =
           "Runs the model again and again, each step by one after the other of the kernels and "
           "tile sizes that give the same bits, and keeps what was faster by more than the noise "
           "in the person's cache folder, from where every command takes it. Results do not "
           "change. What was measured is for this processor, this build of hone, the sizes of "
           "the inputs and the number of threads; 'hone compile' does the same for an engine.",
       .examples = {{"hone tune yolo.hone", "an engine that another machine made"},
                    {"hone tune model.onnx --input x=8x3x224x224 -t 1", "a size, and one thread"},
                    {"hone show yolo.hone --kernels", "see what was chosen"}},
       .opens_models = true},
      run);
}

}  // namespace hone::cli
