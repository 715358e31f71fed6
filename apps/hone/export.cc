#include <filesystem>

#include "commands.h"
#include "model_access.h"
#include "write_gguf.h"

namespace hone::cli {
namespace {

struct ExportOptions {
  std::string engine;
  std::string to = "gguf";
  std::string out;

  template <class V>
  void visit(V& v) {
    v("-m,--model,engine", engine, "what 'hone compile' made of a GGUF").as("FILE.hone").require();
    v("--to", to, "the format").one_of({"gguf"});
    v("-o,--out,--output", out, "the file to write")
        .as("FILE")
        .when_unset("the engine's name with .gguf, in this folder");
  }
};

Expected<int> run(const ExportOptions& options, Context& context) {
  HONE_TRY(const EngineFile engine, EngineFile::open(options.engine));
  const auto go_on = [&] { return context.interrupt.check(); };
  HONE_RETURN_IF_ERROR(engine.check_all([&](uint64_t, uint64_t) { return go_on(); }));
  const std::string out = options.out.empty()
                              ? std::filesystem::path(options.engine).stem().string() + ".gguf"
                              : options.out;
  HONE_RETURN_IF_ERROR(check_output(out, {.path = options.engine}));
  HONE_TRY(const GgufLikeness like, write_gguf(engine, out, go_on));
  HONE_RETURN_IF_ERROR(context.console.print(cat(
      out, like == GgufLikeness::file ? ": byte for byte the engine's source\n"
                                      : ": the metadata and tensors of the engine's source\n")));
  return 0;
}

}  // namespace

Command export_command() {
  return make_command<ExportOptions>(
      {.name = "export",
       .summary = "write the model that an engine was made of",
       .words = "FILE.hone [-o FILE.gguf]",
       .description =
           "Gives the GGUF back that an engine was compiled from, with the same metadata "
           "and the same bytes in each tensor.",
       .examples = {{"hone export chat.hone --to gguf -o chat.gguf", "for other programs"}}},
      run);
}

}  // namespace hone::cli
