#include "model_access.h"

#include <chrono>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "progress.h"

namespace hone::cli {
namespace {

constexpr uint64_t kMaxCatalogueFile = uint64_t{4} << 20;

std::string license_text(const CatalogueEntry& entry, const Console& console) {
  const License& license = entry.license;
  std::string text = cat(console.err_style(Style::bold, printable(entry.title)), " (",
                         size_text(entry.size_bytes), "), license ", printable(license.name));
  if (!license.url.empty()) text += cat(": ", printable(license.url));
  text += "\n";
  if (!license.note.empty()) text += cat("  ", printable(license.note, 1000), "\n");
  return text;
}

// One bar a stage: their bytes and speeds are not comparable.
class PullDisplay {
 public:
  PullDisplay(Console& console, std::string name) : console_(console), name_(std::move(name)) {}

  void show(const Progress& progress) {
    if (progress.stage == Progress::Stage::waiting) {
      console_.note(cat("waiting for another process that ", progress.source, "\n"));
      return;
    }
    if (!stage_ || *stage_ != progress.stage) {
      stage_ = progress.stage;
      const bool plain = progress.stage == Progress::Stage::downloading;
      bar_.emplace(console_, plain ? name_ : cat(name_of(progress.stage), " ", name_), 0);
    }
    bar_->update(progress.bytes, progress.total.value_or(0));
  }

 private:
  Console& console_;
  std::string name_;
  std::optional<Progress::Stage> stage_;
  std::optional<ProgressBar> bar_;
};

int64_t unix_seconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

}  // namespace

std::string size_text(std::optional<uint64_t> size_bytes) {
  return size_bytes ? human_bytes(*size_bytes) : "?";
}

Expected<ModelLibrary> open_model_library(const Environment& environment) {
  if (environment.data_dir.empty()) {
    return fail(Code::invalid_argument, "no folder for models is known; set HOME or HONE_HOME");
  }
  HONE_TRY(Catalogue catalogue, Catalogue::builtin());
  const std::string& own = environment.catalogue_file;
  if (environment.catalogue_is_named && !file_exists(own)) {
    return fail(Code::not_found, "HONE_CATALOGUE names '", printable(own),
                "', and there is no such file");
  }
  if (!own.empty() && file_exists(own)) {
    HONE_TRY(const std::string text, read_file(own, kMaxCatalogueFile));
    HONE_TRY_CONTEXT(Catalogue added, Catalogue::parse(text), own);
    catalogue.merge(std::move(added));
  }
  return ModelLibrary{std::move(catalogue), Store(environment.models_dir())};
}

Expected<InstalledModel> pull_model(const CatalogueEntry& entry, const Store& store,
                                    Network network, Context& context) {
  PullDisplay display(context.console, entry.name);
  bool told = false;
  PullOptions options{.network = network};
  options.progress = [&](const Progress& progress) {
    if (!std::exchange(told, true)) context.console.note(license_text(entry, context.console));
    display.show(progress);
  };
  options.canceled = [&] { return context.interrupt.requested(); };
  options.token = context.environment.hf_token;
  options.tools_folder = context.environment.cache_dir;
  options.now_unix_s = unix_seconds();
  HONE_TRY_CONTEXT(InstalledModel model, pull(entry, store, options), "pull ", entry.name);
  if (told && model.trust == Trust::pinned) {
    context.console.note(cat("  unverified: hone knows no hash of this file; sha256 ",
                             hex(model.sha256), " is pinned from now on\n"));
  }
  return model;
}

Expected<std::string> model_file(std::string_view word, Network network, Context& context) {
  // A plain file needs no library, and so no home.
  if (std::error_code error; std::filesystem::is_regular_file(word, error))
    return std::string(word);
  HONE_TRY(const ModelLibrary library, open_model_library(context.environment));
  HONE_TRY(ResolvedModel resolved, resolve_model(word, library.catalogue, library.store));
  if (!resolved.path.empty()) return std::move(resolved.path);
  if (resolved.entry == nullptr) {
    return fail(Code::invalid_argument, "the catalogue names no default model; name one");
  }
  HONE_TRY(InstalledModel model, pull_model(*resolved.entry, library.store, network, context));
  return std::move(model.path);
}

Expected<bool> names_model(std::string_view word, Context& context) {
  if (!word.empty() && file_exists(std::string(word))) return true;
  HONE_TRY(const ModelLibrary library, open_model_library(context.environment));
  return resolve_model(word, library.catalogue, library.store).has_value();
}

bool looks_like_model_file(std::string_view word) {
  return word.ends_with(".gguf") || word.ends_with(".onnx") || word.ends_with(".tflite");
}

}  // namespace hone::cli
