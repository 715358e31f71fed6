#include "commands.h"
#include "model_access.h"

namespace hone::cli {
namespace {

struct RemoveOptions {
  std::vector<std::string> names;
  bool pin = false;

  template <class V>
  void visit(V& v) {
    v("name", names, "installed models").as("NAME").require();
    v("--pin", pin, "also forget the sha256 pinned at the first pull of an unverified model");
  }
};

Error unknown_model(const std::string& name, const Store& store, Error error) {
  std::vector<std::string> words;
  if (const auto installed = store.list()) {
    for (const InstalledModel& model : *installed) words.push_back(model.name);
  }
  if (const auto near = did_you_mean(name, words)) {
    error.message += cat("; did you mean '", *near, "'?");
  }
  return error;
}

Expected<int> run(const RemoveOptions& options, Context& context) {
  HONE_TRY(const ModelLibrary library, open_model_library(context.environment));
  for (const std::string& name : options.names) {
    const CatalogueEntry* entry = library.catalogue.find(name);
    const std::string& stored = entry == nullptr ? name : entry->name;
    if (options.pin && entry != nullptr) HONE_RETURN_IF_ERROR(library.store.unpin(*entry));
    auto removed = library.store.remove(stored);
    const bool missing = !removed && removed.error().code == Code::not_found;
    if (missing && options.pin && entry != nullptr) continue;
    if (missing) return std::unexpected(unknown_model(name, library.store, removed.error()));
    if (!removed) return std::unexpected(removed.error());
    HONE_RETURN_IF_ERROR(context.console.print(cat("removed ", stored, "\n")));
  }
  return 0;
}

}  // namespace

Command rm_command() {
  return make_command<RemoveOptions>(
      {.name = "rm",
       .summary = "remove pulled models from this machine",
       .words = "NAME...",
       .description = "",
       .examples = {{"hone rm qwen3-0.6b", "frees its space"},
                    {"hone rm --pin qwen3-0.6b", "when its publisher has renewed the file"}}},
      run);
}

}  // namespace hone::cli
