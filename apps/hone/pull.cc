#include "commands.h"
#include "model_access.h"

namespace hone::cli {
namespace {

struct PullCommandOptions {
  std::vector<std::string> names;
  bool offline = false;

  template <class V>
  void visit(V& v) {
    v("name", names, "models of the catalogue ('hone list' shows them)").as("NAME").require();
    v("--offline", offline, "use no network: only sources on this machine");
  }
};

Expected<const CatalogueEntry*> entry_of(const std::string& name, const Catalogue& catalogue) {
  if (const CatalogueEntry* entry = catalogue.find(name)) return entry;
  const auto near = catalogue.suggest(name);
  return fail(Code::not_found, "the catalogue has no model '", printable(name), "'",
              near ? cat("; did you mean '", *near, "'?") : "; 'hone list' shows what it has");
}

std::string ready_text(const CatalogueEntry& entry, const std::vector<InstalledModel>& models) {
  uint64_t bytes = 0;
  Trust trust = Trust::verified;
  std::string paths;
  for (const InstalledModel& model : models) {
    bytes += model.total_bytes();
    if (model.trust == Trust::pinned) trust = Trust::pinned;
    paths += cat(entry.is_bundle() ? "\n  " : " ", model.path);
    for (const InstalledFile& file : model.files) paths += cat("\n  ", file.path);
  }
  return cat(entry.name, " is ready (", human_bytes(bytes), ", ", name_of(trust), "):", paths,
             "\n");
}

Expected<int> run(const PullCommandOptions& options, Context& context) {
  const Network network = options.offline ? Network::forbidden : Network::allowed;
  HONE_TRY(const ModelLibrary library, open_model_library(context.environment));
  std::vector<const CatalogueEntry*> entries;  // all names are checked before the first download
  for (const std::string& name : options.names) {
    HONE_TRY(entries.emplace_back(), entry_of(name, library.catalogue));
  }
  for (const CatalogueEntry* entry : entries) {
    HONE_TRY(const auto models, pull_model(*entry, library, network, context));
    HONE_RETURN_IF_ERROR(context.console.print(ready_text(*entry, models)));
  }
  return 0;
}

}  // namespace

Command pull_command() {
  return make_command<PullCommandOptions>(
      {.name = "pull",
       .summary = "fetch models of the catalogue",
       .words = "NAME...",
       .description =
           "Fetches the models that are not on this machine yet and checks their sha256. A pull "
           "that was interrupted goes on where it ended. A model whose hash hone does not know is "
           "unverified: the hash of its first pull is pinned, and another one is refused later. "
           "HF_TOKEN is sent to the model hub, and proxies are taken from the environment. Your "
           "own models can be named in models.json (HONE_CATALOGUE).",
       .examples = {{"hone pull smollm2-135m", "the default model, 98 MB"},
                    {"hone pull qwen3:0.6b llama3.2:1b", "two models, one after the other"},
                    {"hone pull rapidocr", "a bundle: the three models that read text together"}}},
      run);
}

}  // namespace hone::cli
