#include <filesystem>

#include "base/file.h"
#include "commands.h"
#include "engine/signature.h"

namespace hone::cli {
namespace {

struct KeygenOptions {
  std::string out;

  template <class V>
  void visit(V& v) {
    v("-o,--out,name", out, "NAME.key and NAME.pub are written").as("NAME").require();
  }
};

Status refuse_old(const std::string& path) {
  if (!std::filesystem::exists(path)) return {};
  return fail(Code::conflict, path, ": is there already, and a key is not written over");
}

Expected<int> run(const KeygenOptions& options, Context& context) {
  const std::string secret = options.out + ".key", open = options.out + ".pub";
  HONE_RETURN_IF_ERROR(refuse_old(secret));
  HONE_RETURN_IF_ERROR(refuse_old(open));
  HONE_TRY(const SecretKey key, make_secret_key());
  HONE_RETURN_IF_ERROR(write_file_atomic(secret, key_text(key), FileAccess::owner));
  HONE_RETURN_IF_ERROR(write_file_atomic(open, key_text(key.public_key())));
  HONE_RETURN_IF_ERROR(context.console.print(cat("key ", key.public_key().id_text(), "\n", secret,
                                                 ": signs; keep it secret\n", open,
                                                 ": goes to the devices that trust it\n")));
  return 0;
}

}  // namespace

Command keygen_command() {
  return make_command<KeygenOptions>(
      {.name = "keygen",
       .summary = "make a pair of keys that engines are signed with",
       .words = "NAME",
       .description =
           "Writes NAME.key, which signs and only its owner may read, and NAME.pub, which "
           "tells whether NAME.key signed. Keys are Ed25519, without a password.",
       .examples = {{"hone keygen --out release", "writes release.key and release.pub"}}},
      run);
}

}  // namespace hone::cli
