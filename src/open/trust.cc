#include "open/trust.h"

#include <algorithm>
#include <filesystem>

#include "base/file.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

// A file whose content is the identity of the engine that was found whole.
std::string seen_file(const EngineFile& engine, const std::string& folder) {
  return folder.empty() ? "" : cat(folder, "/verified/", hex(engine.header().digest));
}

bool was_seen(const EngineFile& engine, const std::string& file) {
  if (file.empty()) return false;
  const auto known = read_file(file, kMaxKeyFile);
  return known && *known == engine.file()->identity();
}

// A cache that cannot be written costs time, and nothing else.
void remember(const EngineFile& engine, const std::string& file) {
  if (file.empty()) return;
  std::error_code ignored;
  fs::create_directories(fs::path(file).parent_path(), ignored);
  (void)write_file_atomic(file, engine.file()->identity());
}

}  // namespace

Expected<PublicKey> read_public_key(const std::string& path) {
  HONE_TRY(const std::string text, read_file(path, kMaxKeyFile));
  HONE_TRY_CONTEXT(PublicKey key, parse_public_key(text), path);
  return key;
}

Expected<std::vector<PublicKey>> read_public_keys(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    for (fs::directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
      if (at->path().extension() == ".pub") files.push_back(at->path().string());
    }
    if (error) return fail(Code::io, path, ": cannot be listed: ", error.message());
  }
  std::ranges::sort(files);
  std::vector<PublicKey> keys;
  for (const std::string& file : files) {
    HONE_TRY(keys.emplace_back(), read_public_key(file));
  }
  if (keys.empty()) return fail(Code::not_found, paths[0], ": no file NAME.pub in this folder");
  return keys;
}

Status check_release(const EngineFile& engine, const std::optional<uint64_t>& least) {
  if (!least) return {};
  HONE_TRY(const EngineProvenance provenance, engine.provenance());
  if (provenance.release >= *least) return {};
  return fail(Code::untrusted, engine.path(), ": is release ", provenance.release,
              ", older than the ", *least, " that is asked for");
}

Status check_trust(const EngineFile& engine, const TrustSettings& trust) {
  HONE_RETURN_IF_ERROR(check_release(engine, trust.least_release));
  if (!trust.asks_signature()) return {};
  if (trust.keys.empty()) {
    return fail(Code::invalid_argument, "a signature is required, and no key is trusted; name one");
  }
  if (engine.file()->others_may_write()) {
    return fail(Code::untrusted, engine.path(),
                ": others may write to this file, so that it could change after it was checked; "
                "copy it, or 'chown' and 'chmod go-w' it");
  }
  HONE_TRY(const std::vector<PublicKey> keys, read_public_keys(trust.keys));
  HONE_TRY([[maybe_unused]] const PublicKey key, check_signature(engine, keys));
  const std::string seen = seen_file(engine, trust.cache_dir);
  if (was_seen(engine, seen)) return {};
  HONE_RETURN_IF_ERROR(engine.check_all(
      [&](uint64_t, uint64_t) { return trust.interrupted ? trust.interrupted() : Status(); }));
  remember(engine, seen);
  return {};
}

Status refuse_unsigned(const std::string& path, const TrustSettings& trust) {
  if (!trust.asks_signature() && !trust.least_release) return {};
  return fail(Code::untrusted, path,
              ": is no engine, so it has no signature and no release; 'hone compile' and 'hone "
              "sign' make one");
}

}  // namespace hone
