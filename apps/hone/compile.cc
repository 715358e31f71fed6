#include <filesystem>

#include "base/json.h"
#include "commands.h"
#include "dump_passes.h"
#include "model_access.h"
#include "progress.h"
#include "write_engine.h"

namespace hone::cli {
namespace {

struct CompileOptions {
  std::string model;
  std::string out;
  uint64_t release = 0;
  std::string dump_passes;
  std::vector<std::string> skip_passes;
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
  ProgressBar bar(context.console, "compiling", 0);
  PassDump dump;
  passes::PipelineOptions pipeline{.skip = options.skip_passes, .observe = {}};
  if (!options.dump_passes.empty()) {
    pipeline.observe = [&](const passes::PassResult& result) { dump.take(result); };
  }
  const Expected<WrittenEngine> written = write_engine(
      files, out, options.release, [&](uint64_t done, uint64_t total) { bar.update(done, total); },
      pipeline);
  bar.finish();
  if (!options.dump_passes.empty()) {  // of a pass that failed, too
    HONE_RETURN_IF_ERROR(
        dump.write(options.dump_passes, std::filesystem::path(files.path).filename().string()));
  }
  HONE_TRY(const WrittenEngine made, written);
  HONE_RETURN_IF_ERROR(context.console.print(
      options.json ? json_of(made, out).write(kJsonPretty) + "\n" : text_of(made, out)));
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
           "Every command that takes a model takes it.",
       .examples = {{"hone compile yolo.onnx -o yolo.hone", "a vision model"},
                    {"hone compile smollm2", "the catalogue's, to smollm2-135m.hone"},
                    {"hone run yolo.hone --image street.jpg", "and run it"},
                    {"hone compile yolo.onnx --dump-passes passes",
                     "open passes/index.html to see what the compiler did"}}},
      run);
}

}  // namespace hone::cli
