#include "model_access.h"

#include <chrono>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "engine/engine_file.h"
#include "language_model_file.h"
#include "progress.h"
#include "trust.h"

namespace hone::cli {
namespace {

constexpr uint64_t kMaxCatalogueFile = uint64_t{4} << 20;

std::string license_text(const CatalogueEntry& entry, const Catalogue& catalogue,
                         const Console& console) {
  const License& license = entry.license;
  std::string text =
      cat(console.err_style(Style::bold, printable(entry.title)), " (",
          size_text(catalogue.total_bytes(entry)), "), license ", printable(license.name));
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

Expected<std::vector<InstalledModel>> pull_model(const CatalogueEntry& entry,
                                                 const ModelLibrary& library, Network network,
                                                 Context& context) {
  PullDisplay display(context.console, entry.name);
  bool told = false;
  PullOptions options{.network = network};
  options.progress = [&](const Progress& progress) {
    if (!std::exchange(told, true)) {
      context.console.note(license_text(entry, library.catalogue, context.console));
    }
    display.show(progress);
  };
  options.canceled = [&] { return context.interrupt.requested(); };
  options.token = context.environment.hf_token;
  options.tools_folder = context.environment.cache_dir;
  options.now_unix_s = unix_seconds();
  std::vector<InstalledModel> models;
  if (entry.is_bundle()) {
    HONE_TRY_CONTEXT(models, pull_parts(entry, library.catalogue, library.store, options), "pull ",
                     entry.name);
  } else {
    HONE_TRY_CONTEXT(InstalledModel model, pull(entry, library.store, options), "pull ",
                     entry.name);
    models.push_back(std::move(model));
  }
  for (const InstalledModel& model : models) {
    if (!told || model.trust != Trust::pinned) continue;
    context.console.note(cat("  unverified: hone knows no hash of this file; sha256 ",
                             hex(model.sha256), " is pinned from now on\n"));
  }
  return models;
}

namespace {

Expected<ModelFiles> find_files(std::string_view word, Network network, Context& context) {
  // A plain file needs no library, and so no home.
  if (std::error_code error; std::filesystem::is_regular_file(word, error)) {
    const ModelLibrary none{Catalogue(), Store("")};
    HONE_TRY(auto files, files_of({.path = std::string(word)}, none.catalogue, none.store));
    return std::move(*files);
  }
  HONE_TRY(const ModelLibrary library, open_model_library(context.environment));
  HONE_TRY(const ResolvedModel resolved, resolve_model(word, library.catalogue, library.store));
  HONE_TRY(auto files, files_of(resolved, library.catalogue, library.store));
  if (files) return std::move(*files);
  if (resolved.entry == nullptr) {
    return fail(Code::invalid_argument, "the catalogue names no default model; name one");
  }
  const CatalogueEntry& entry = *resolved.entry;
  HONE_RETURN_IF_ERROR(pull_model(entry, library, network, context));
  HONE_TRY(const ResolvedModel pulled, resolve_model(entry.name, library.catalogue, library.store));
  HONE_TRY(files, files_of(pulled, library.catalogue, library.store));
  if (files) return std::move(*files);
  return fail(Code::conflict, "'", entry.name, "' was removed while it was pulled; try again");
}

// The task of an engine and the files in it.
Status add_contents(ModelFiles& files, Context& context) {
  HONE_TRY(const EngineFile engine, EngineFile::open(files.path));
  HONE_RETURN_IF_ERROR(check_trust(engine, context));
  files.mapped = engine.file();
  for (const EngineSection& section : engine.sections()) {
    const bool is_task = section.kind == section_kind::kTask;
    if (!is_task && section.kind != section_kind::kFile) continue;
    HONE_TRY(const Bytes bytes, engine.section(section.kind, section.part, section.role));
    if (is_task) {
      HONE_TRY_CONTEXT(files.task, Json::parse(as_text(bytes)), files.path, ": task");
    } else {
      files.contents.emplace_back(section.role, as_text(bytes));
    }
  }
  return {};
}

Status complete(ModelFiles& files, Context& context) {
  if (files.format == FileFormat::hone) return add_contents(files, context);
  for (ModelFiles& part : files.parts) HONE_RETURN_IF_ERROR(complete(part, context));
  return files.path.empty() ? Status() : refuse_unsigned(files.path, context);
}

}  // namespace

Expected<ModelFiles> model_files(std::string_view word, Network network, Context& context) {
  HONE_TRY(ModelFiles files, find_files(word, network, context));
  HONE_RETURN_IF_ERROR(complete(files, context));
  if (!context.no_cache) files.cache_folder = context.environment.cache_dir;
  for (ModelFiles& part : files.parts) part.cache_folder = files.cache_folder;
  return files;
}

bool takes_tensors(const ModelFiles& files) {
  if (files.format == FileFormat::hone) {
    const auto engine = open_engine(files);
    return engine && engine->holds(section_kind::kProgram);
  }
  return files.format && *files.format != FileFormat::gguf;
}

Expected<ModelFiles> one_model(std::string_view word, Network network, Context& context) {
  HONE_TRY(ModelFiles files, model_files(word, network, context));
  if (!files.path.empty()) return files;
  return fail(Code::invalid_argument, "'", files.name,
              "' is made of several models, and this needs one; 'hone show ", files.name,
              "' names them");
}

Expected<bool> names_model(std::string_view word, Context& context) {
  if (!word.empty() && file_exists(std::string(word))) return true;
  HONE_TRY(const ModelLibrary library, open_model_library(context.environment));
  return resolve_model(word, library.catalogue, library.store).has_value();
}

bool looks_like_model_file(std::string_view word) { return has_model_ending(word); }

}  // namespace hone::cli
