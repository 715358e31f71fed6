#include "base/json.h"
#include "commands.h"

namespace hone::cli {
namespace {

struct VersionOptions {
  bool json = false;

  template <class V>
  void visit(V& v) {
    v("--json", json, "print one JSON object");
  }
};

Expected<int> run(const VersionOptions& options, Context& context) {
#ifdef NDEBUG
  constexpr std::string_view kBuild = "release";
#else
  constexpr std::string_view kBuild = "debug";
#endif
  std::string text = cat("hone ", kVersion, "\n");
  if (options.json) {
    Json json;
    json.set("version", kVersion);
    json.set("build", kBuild);
    json.set("compiler", __VERSION__);
    text = json.write() + "\n";
  }
  HONE_RETURN_IF_ERROR(context.console.print(text));
  return 0;
}

}  // namespace

Command version_command() {
  return make_command<VersionOptions>({.name = "version",
                                       .summary = "print hone's version",
                                       .words = "",
                                       .description = "",
                                       .examples = {{"hone version --json", "for scripts"}}},
                                      run);
}

}  // namespace hone::cli
