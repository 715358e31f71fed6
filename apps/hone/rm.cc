#include <algorithm>

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

bool is_installed(const Store& store, const std::string& name) {
  const auto model = store.find(name);
  return model && *model;
}

// A bundle of which every part is installed.
Expected<bool> is_whole(const CatalogueEntry& bundle, const ModelLibrary& library) {
  HONE_TRY(const std::vector<CataloguePart> parts, library.catalogue.parts_of(bundle));
  return !parts.empty() && std::ranges::all_of(parts, [&](const CataloguePart& part) {
    return is_installed(library.store, part.entry->name);
  });
}

// The installed bundle other than `but` that needs this model; empty if none does.
Expected<std::string> needed_by(const std::string& name, const std::string& but,
                                const ModelLibrary& library) {
  for (const CatalogueEntry& entry : library.catalogue.entries()) {
    if (entry.name == but ||
        std::ranges::find(entry.parts, name, &PartName::name) == entry.parts.end()) {
      continue;
    }
    HONE_TRY(const bool whole, is_whole(entry, library));
    if (whole) return entry.name;
  }
  return std::string();
}

// The parts that nothing else needs, and what an interrupted pull left.
Status remove_bundle(const CatalogueEntry& bundle, const ModelLibrary& library, Context& context) {
  HONE_TRY(const std::vector<CataloguePart> parts, library.catalogue.parts_of(bundle));
  bool removed_any = library.store.remove(bundle.name).has_value();
  for (const CataloguePart& part : parts) {
    const std::string& name = part.entry->name;
    HONE_TRY(const std::string other, needed_by(name, bundle.name, library));
    if (!other.empty() || !part.entry->hidden) {
      if (!is_installed(library.store, name)) continue;
      const std::string why = other.empty() ? "it is a model of its own" : cat(other, " needs it");
      HONE_RETURN_IF_ERROR(context.console.print(cat("kept ", name, ": ", why, "\n")));
      continue;
    }
    const Status removed = library.store.remove(name);
    if (!removed && removed.error().code != Code::not_found) return removed;
    if (!removed) continue;
    removed_any = true;
    HONE_RETURN_IF_ERROR(context.console.print(cat("removed ", name, "\n")));
  }
  if (removed_any) return {};
  return fail(Code::not_found, "'", bundle.name, "' is not installed");
}

Status remove_model(const std::string& name, const ModelLibrary& library, Context& context) {
  HONE_TRY(const std::string bundle, needed_by(name, "", library));
  HONE_RETURN_IF_ERROR(library.store.remove(name));
  const std::string note =
      bundle.empty() ? "" : cat(" (", bundle, " is incomplete now: 'hone pull ", bundle, "')");
  return context.console.print(cat("removed ", name, note, "\n"));
}

Status unpin(const CatalogueEntry& entry, const ModelLibrary& library) {
  HONE_TRY(const std::vector<CataloguePart> parts, library.catalogue.parts_of(entry));
  for (const CataloguePart& part : parts) {
    HONE_RETURN_IF_ERROR(library.store.unpin(*part.entry));
  }
  return library.store.unpin(entry);
}

Expected<int> run(const RemoveOptions& options, Context& context) {
  HONE_TRY(const ModelLibrary library, open_model_library(context.environment));
  for (const std::string& name : options.names) {
    const CatalogueEntry* entry = library.catalogue.find(name);
    if (options.pin && entry != nullptr) HONE_RETURN_IF_ERROR(unpin(*entry, library));
    const bool bundle = entry != nullptr && entry->is_bundle();
    auto removed = bundle ? remove_bundle(*entry, library, context)
                          : remove_model(entry == nullptr ? name : entry->name, library, context);
    const bool missing = !removed && removed.error().code == Code::not_found;
    if (missing && options.pin && entry != nullptr) continue;
    if (missing) return std::unexpected(unknown_model(name, library.store, removed.error()));
    if (!removed) return std::unexpected(removed.error());
  }
  return 0;
}

}  // namespace

Command rm_command() {
  return make_command<RemoveOptions>(
      {.name = "rm",
       .summary = "remove pulled models from this machine",
       .words = "NAME...",
       .description = "Of a bundle the parts are removed that no other bundle needs.",
       .examples = {{"hone rm qwen3-0.6b", "frees its space"},
                    {"hone rm --pin qwen3-0.6b", "when its publisher has renewed the file"}}},
      run);
}

}  // namespace hone::cli
