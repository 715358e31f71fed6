#include <optional>

#include "base/json.h"
#include "commands.h"
#include "engine/signature.h"
#include "golden_report.h"
#include "model_access.h"
#include "open/trust.h"
#include "progress.h"

namespace hone::cli {
namespace {

struct VerifyOptions {
  std::string engine;
  std::vector<std::string> trust;
  std::optional<uint64_t> least_release;
  bool golden = false;
  int threads = 0;
  bool json = false;

  template <class V>
  void visit(V& v) {
    v("-m,--model,engine", engine, "what 'hone compile' wrote").as("FILE.hone").require();
    v("--trust", trust, "a public key, or a folder of them; one must have signed").as("NAME.pub");
    v("--min-release", least_release, "refuse an engine with a lower release number")
        .between(0, 1e15);
    v("--golden", golden, "run the engine's golden samples on this device");
    v("-t,--threads", threads, "threads that run them")
        .between(0, 1024)
        .when_unset("all processors");
    v("--json", json, "print one JSON object");
  }
};

struct Verified {
  std::optional<PublicKey> signer;
  uint64_t release = 0;
};

Expected<Verified> verify(const EngineFile& engine, const VerifyOptions& options,
                          Context& context) {
  Verified result;
  HONE_RETURN_IF_ERROR(check_release(engine, options.least_release));
  if (!options.trust.empty()) {
    HONE_TRY(const std::vector<PublicKey> keys, read_public_keys(options.trust));
    HONE_TRY(result.signer, check_signature(engine, keys));
  }
  ProgressBar bar(context.console, "hashing", engine.bytes());
  HONE_RETURN_IF_ERROR(engine.check_all([&](uint64_t done, uint64_t total) {
    bar.update(done, total);
    return context.interrupt.check();
  }));
  bar.finish();
  HONE_TRY(const EngineProvenance provenance, engine.provenance());
  result.release = provenance.release;
  return result;
}

std::string text_of(const EngineFile& engine, const Verified& result) {
  std::string text =
      cat(engine.path(), ": every byte is as it was written (", human_bytes(engine.bytes()),
          ", digest ", hex(engine.header().digest), ")\n");
  if (result.signer)
    return cat(text, "signed by key ", result.signer->id_text(), ", which is trusted\n");
  const size_t signatures = engine.signatures().size();
  if (signatures == 0) return text + "not signed\n";
  return cat(text, "signatures: ", signatures, ", not checked; --trust NAME.pub checks them\n");
}

Json json_of(const EngineFile& engine, const Verified& result) {
  Json json = Json::object();
  json.set("engine", engine.path());
  json.set("digest", hex(engine.header().digest));
  json.set("release", result.release);
  json.set("signatures", engine.signatures().size());
  if (result.signer) json.set("signed_by", result.signer->id_text());
  return json;
}

constexpr int kGoldenFailed = 1;  // exit status

Expected<int> run(const VerifyOptions& options, Context& context) {
  HONE_TRY(const EngineFile engine, EngineFile::open(options.engine));
  HONE_TRY(const Verified result, verify(engine, options, context));
  Json json = json_of(engine, result);
  std::string text = text_of(engine, result);
  bool passed = true;
  if (options.golden) {
    if (!engine.holds(section_kind::kGolden)) {
      return fail(Code::not_found, printable(engine.path(), 1000),
                  ": has no golden samples; 'hone compile --golden 4' stores some");
    }
    HONE_TRY(const EngineGolden golden, engine.golden());
    ModelFiles files{.path = options.engine, .format = FileFormat::hone, .mapped = engine.file()};
    HONE_RETURN_IF_ERROR(add_backends(files, context));
    const GoldenRun golden_run{files, options.threads,
                               [&] { return context.interrupt.requested(); }};
    HONE_TRY(const GoldenVerdict verdict, check_golden(golden_run, golden));
    passed = verdict.passed();
    json.set("golden", golden_json(golden, verdict));
    text += golden_text(golden, verdict, context.console);
  }
  HONE_RETURN_IF_ERROR(context.console.print(options.json ? json.write(kJsonPretty) + "\n" : text));
  return passed ? 0 : kGoldenFailed;
}

}  // namespace

Command verify_command() {
  return make_command<VerifyOptions>(
      {.name = "verify",
       .summary = "tell whether an engine is whole, and who signed it",
       .words = "FILE.hone [--trust NAME.pub] [--golden]",
       .description =
           "Hashes every byte of an engine. With --trust one of these keys must have "
           "signed it. With --golden its samples are run on this device: outputs must lie within "
           "their "
           "bounds, time and memory within their budgets. Exit status 9: it was changed, or is not "
           "signed by one of them; 1: a golden sample or a budget fails.",
       .examples = {{"hone verify chat.hone", "is it whole?"},
                    {"hone verify chat.hone --trust release.pub", "and is it ours?"},
                    {"hone verify yolo.hone --golden", "does it work on this device?"},
                    {"hone run chat.hone --trust release.pub \"Hello\"", "run it only if it is"}},
       .takes_backends = true},
      run);
}

}  // namespace hone::cli
