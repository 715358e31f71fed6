#include "engine/tuning_file.h"

#include <algorithm>
#include <filesystem>

#include "engine/engine_file.h"
#include "engine/fields.h"
#include "engine/write.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMostBytes = uint64_t{64} << 20;  // of one file
constexpr size_t kMostKept = 256;
constexpr uint64_t kMostKeptBytes = uint64_t{16} << 20;

}  // namespace

Expected<std::vector<Tuning>> read_tunings(const std::string& path) {
  std::error_code error;
  const uint64_t bytes = fs::file_size(path, error);
  if (error == std::errc::no_such_file_or_directory) return std::vector<Tuning>();
  if (!error && bytes > kMostBytes) {
    return fail(Code::limit_exceeded, path, ": holds ", human_bytes(bytes),
                ", which is no timing cache");
  }
  HONE_TRY(const EngineFile file, EngineFile::open(path));
  return file.tunings();
}

Status write_tunings(const std::string& path, std::span<const Tuning> tunings) {
  HONE_TRY(EngineWriter writer, EngineWriter::create(path));
  for (size_t i = 0; i < tunings.size(); ++i) {
    const std::string record = write_record(tunings[i]);
    HONE_RETURN_IF_ERROR(writer.add(section_kind::kTuning, {}, cat(i), as_bytes(record)));
  }
  return writer.finish();
}

const Tuning* find_tuning(std::span<const Tuning> tunings, std::string_view processor,
                          std::string_view build) {
  const auto found = std::ranges::find_if(tunings, [&](const Tuning& tuning) {
    return tuning.processor == processor && tuning.build == build;
  });
  return found == tunings.end() ? nullptr : &*found;
}

Sha256Digest digest_of(const Program& program) { return sha256(as_bytes(write_record(program))); }

bool TuningStore::has_files() const {
  std::error_code error;
  return !folder_.empty() && fs::is_directory(folder_, error);
}

std::string TuningStore::path_of(const Sha256Digest& model, std::string_view processor,
                                 std::string_view build) const {
  const std::string key = cat(hex(model), "\n", processor, "\n", build);
  return cat(folder_, "/", hex(sha256(as_bytes(key))).substr(0, 32), ".hone");
}

std::optional<Tuning> TuningStore::find(const Sha256Digest& model, std::string_view processor,
                                        std::string_view build) const {
  if (!has_files()) return std::nullopt;
  const auto tunings = read_tunings(path_of(model, processor, build));
  if (!tunings) return std::nullopt;
  const Tuning* tuning = find_tuning(*tunings, processor, build);
  return tuning == nullptr ? std::nullopt : std::optional(*tuning);
}

Status TuningStore::keep(const Sha256Digest& model, const Tuning& tuning) const {
  if (folder_.empty()) return {};
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) {
    return fail(Code::io, folder_, ": cannot be made: ", error.message());
  }
  HONE_RETURN_IF_ERROR(
      write_tunings(path_of(model, tuning.processor, tuning.build), std::span(&tuning, 1)));
  let_old_ones_go();
  return {};
}

Status TuningStore::forget(const Sha256Digest& model, std::string_view processor,
                           std::string_view build) const {
  std::error_code error;
  fs::remove(path_of(model, processor, build), error);
  if (error) return fail(Code::io, folder_, ": ", error.message());
  return {};
}

// Whatever lies there counts, so that what a process left that was ended goes, too.
void TuningStore::let_old_ones_go() const {
  struct Kept {
    fs::file_time_type time;
    uint64_t bytes;
    fs::path path;
  };
  std::vector<Kept> all;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_, error)) {
    std::error_code gone;  // another process may be at it as well
    const Kept one{entry.last_write_time(gone), entry.file_size(gone), entry.path()};
    if (!gone) all.push_back(one);
  }
  std::ranges::sort(all, std::greater{}, &Kept::time);
  uint64_t bytes = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    bytes += all[i].bytes;
    if (i >= kMostKept || bytes > kMostKeptBytes) fs::remove(all[i].path, error);
  }
}

}  // namespace hone
