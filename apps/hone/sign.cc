#include "base/file.h"
#include "commands.h"
#include "engine/signature.h"
#include "open/trust.h"

namespace hone::cli {
namespace {

struct SignOptions {
  std::string engine;
  std::string key;
  std::string out;

  template <class V>
  void visit(V& v) {
    v("-m,--model,engine", engine, "what 'hone compile' wrote").as("FILE.hone").require();
    v("-k,--key", key, "the secret key, as 'hone keygen' makes it").as("NAME.key").require();
    v("-o,--out,--output", out, "where to write the signed engine")
        .as("FILE")
        .when_unset("over the old one");
  }
};

Expected<int> run(const SignOptions& options, Context& context) {
  HONE_TRY(const std::string text, read_file(options.key, kMaxKeyFile));
  HONE_TRY_CONTEXT(const SecretKey key, parse_secret_key(text), options.key);
  HONE_TRY(const EngineFile engine, EngineFile::open(options.engine));
  const auto go_on = [&] { return context.interrupt.check(); };
  // Nothing is signed that is not whole.
  HONE_RETURN_IF_ERROR(engine.check_all([&](uint64_t, uint64_t) { return go_on(); }));
  const std::string& out = options.out.empty() ? options.engine : options.out;
  HONE_RETURN_IF_ERROR(write_signed(engine, key, out, go_on));
  HONE_RETURN_IF_ERROR(
      context.console.print(cat(out, ": signed by key ", key.public_key().id_text(), "\n")));
  return 0;
}

}  // namespace

Command sign_command() {
  return make_command<SignOptions>(
      {.name = "sign",
       .summary = "sign an engine",
       .words = "FILE.hone --key NAME.key",
       .description = "Adds a signature to an engine; those of other keys stay. What it covers is "
                      "every byte of the engine but the signatures.",
       .examples = {{"hone sign chat.hone --key release.key", "the engine itself"},
                    {"hone verify chat.hone --trust release.pub", "and on the device"}}},
      run);
}

}  // namespace hone::cli
