#include "engine/tuning_file.h"

#include <algorithm>
#include <filesystem>

#include "engine/engine_file.h"
#include "engine/fields.h"
#include "engine/write.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMostTuningBytes = uint64_t{64} << 20;  // of one file

// Those of weights: an engine's program is that of the model it was made of.
void forget_layouts(Program& program) {
  for (ProgramItem& item : program.items) {
    for (PlanValue& value : item.plan.values) value.layout = kCanonicalLayout;
    for (Program& body : item.bodies) forget_layouts(body);
  }
}

}  // namespace

Expected<std::vector<Tuning>> read_tunings(const std::string& path) {
  std::error_code error;
  const uint64_t bytes = fs::file_size(path, error);
  if (error == std::errc::no_such_file_or_directory) return std::vector<Tuning>();
  if (!error && bytes > kMostTuningBytes) {
    return fail(Code::limit_exceeded, path, ": holds ", human_bytes(bytes),
                ", which is no timing cache");
  }
  HONE_TRY(const EngineFile file, EngineFile::open(path));
  const bool is_cache = std::ranges::all_of(file.sections(), [](const EngineSection& section) {
    return section.kind == section_kind::kTuning;
  });
  if (!is_cache) return fail(Code::invalid_argument, path, ": is an engine, not a timing cache");
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

Sha256Digest digest_of(const Program& program) {
  Program plain = program;
  forget_layouts(plain);
  return sha256(as_bytes(write_record(plain)));
}

std::string TuningStore::path_of(const Sha256Digest& model, std::string_view processor,
                                 std::string_view build) const {
  return files_.path_of(cat(hex(model), "\n", processor, "\n", build));
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
  if (!files_.is_named()) return {};
  HONE_RETURN_IF_ERROR(files_.make());
  HONE_RETURN_IF_ERROR(
      write_tunings(path_of(model, tuning.processor, tuning.build), std::span(&tuning, 1)));
  files_.trim();
  return {};
}

Status TuningStore::forget(const Sha256Digest& model, std::string_view processor,
                           std::string_view build) const {
  std::error_code error;
  const std::string path = path_of(model, processor, build);
  fs::remove(path, error);
  if (error) return fail(Code::io, path, ": cannot be removed: ", error.message());
  return {};
}

}  // namespace hone
