#include "model_access.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "backend/plugin/place.h"
#include "base/file.h"
#include "base/output_file.h"
#include "progress.h"

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
    HONE_TRY(auto files, files_of({.path = std::string(word)}, Catalogue(), Store("")));
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

Expected<TrustSettings> trust_settings(Context& context) {
  TrustSettings trust{.keys = context.trust.keys,
                      .required = context.trust.required,
                      .least_release = context.trust.least_release,
                      .cache_dir = context.environment.cache_dir,
                      .interrupted = [&context] { return context.interrupt.check(); }};
  if (trust.required && !context.environment.trust.empty()) {
    trust.keys.push_back(context.environment.trust);
  }
  if (!trust.asks_signature() || !trust.keys.empty()) return trust;
  return fail(Code::invalid_argument,
              "no key is trusted; name a public key with --trust, or in HONE_TRUST");
}

// What BackendOrder::load takes for "cpu", "NAME", "PATH" and the latter two with ":OPTIONS".
Expected<std::string> backend_word(std::string_view word, const Environment& environment) {
  const std::string_view name = word.substr(0, word.find(':'));
  const std::string_view options = word.substr(name.size());
  if (word == kCpuName || name.find('/') != name.npos) return std::string(word);
  if (name.ends_with(".so")) return cat("./", word);
  const std::string path = cat(environment.backends_dir, "/", name, ".so");
  if (!name.empty() && !environment.backends_dir.empty() && file_exists(path)) {
    return cat(path, options);
  }
  return fail(Code::not_found, "there is no back end '", printable(name),
              environment.backends_dir.empty()
                  ? "'; give its path, or name the folder it lies in with HONE_BACKENDS"
                  : cat("' in ", environment.backends_dir));
}

}  // namespace

Status add_backends(ModelFiles& files, const Context& context) {
  if (context.backends.lists.empty()) return {};
  if (files.parts.empty() && !takes_tensors(files)) {
    return fail(Code::unsupported, files.path,
                ": is a language model; --backend is for others so far");
  }
  for (const std::string& list : context.backends.lists) {
    for (const std::string_view word : split(list, ',')) {
      HONE_TRY(std::string backend, backend_word(trim(word), context.environment));
      files.backends.push_back(std::move(backend));
    }
  }
  files.least_steps = context.backends.least_steps;
  for (ModelFiles& part : files.parts) {
    part.backends = files.backends;
    part.least_steps = files.least_steps;
  }
  return {};
}

Expected<ModelFiles> model_files(std::string_view word, Network network, Context& context) {
  HONE_TRY(ModelFiles files, find_files(word, network, context));
  HONE_TRY(const TrustSettings trust, trust_settings(context));
  HONE_RETURN_IF_ERROR(add_contents(files, trust));
  if (!context.no_cache) files.cache_folder = context.environment.cache_dir;
  for (ModelFiles& part : files.parts) part.cache_folder = files.cache_folder;
  HONE_RETURN_IF_ERROR(add_backends(files, context));
  return files;
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

bool is_same_file(const std::string& a, const std::string& b) {
  std::error_code error;
  return std::filesystem::equivalent(a, b, error) && !error;
}

Status check_output(const std::string& out, const ModelFiles& files) {
  if (out.empty()) return {};
  const bool is_part = std::ranges::any_of(
      files.parts, [&](const ModelFiles& part) { return is_same_file(out, part.path); });
  if (is_part || is_same_file(out, files.path)) {
    return fail(Code::invalid_argument, printable(out, 1000),
                ": is the model, and would be written over; name another file");
  }
  HONE_TRY([[maybe_unused]] const NewFile probe, NewFile::create(out));
  return {};
}

}  // namespace hone::cli
