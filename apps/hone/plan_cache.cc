#include "plan_cache.h"

#include <filesystem>

#include "backend/cpu/isa.h"
#include "base/cache_folder.h"
#include "base/machine.h"
#include "task_files.h"
#include "write_engine.h"

namespace hone::cli {
namespace {

constexpr uint64_t kMostKeptModel = uint64_t{256} << 20;  // of a model
constexpr CacheLimits kPreparedLimits = {.files = 64, .bytes = uint64_t{1} << 30};

// Empty: it is not kept.
std::string prepared_path(const CacheFolder& folder, const ModelFiles& files) {
  const bool is_alone = files.format == FileFormat::onnx || files.format == FileFormat::tflite;
  if (!folder.is_named() || !is_alone) return {};
  const auto file = MappedFile::open(files.path);
  if (!file || file->bytes().size() > kMostKeptModel) return {};
  return folder.path_of(cat(file->identity(), "\n", build_id(), "\n", name_of(best_isa())));
}

// Nothing if there is none that is whole: then it is made anew.
std::optional<LoadedProgram> load_prepared(const std::string& path, const ModelFiles& files,
                                           const ProgramSettings& settings) {
  if (!std::filesystem::exists(path)) return std::nullopt;
  ModelFiles kept = files;
  kept.path = path;
  kept.format = FileFormat::hone;
  auto loaded = load_program(kept, settings);
  if (!loaded) return std::nullopt;
  // The names of classes that the source file carries.
  if (loaded->engine->holds(section_kind::kFile, {}, "labels")) {
    const auto text = loaded->engine->section(section_kind::kFile, {}, "labels");
    auto labels = text ? parse_list(as_text(*text)) : Expected<std::vector<std::string>>();
    if (!text || !labels) return std::nullopt;
    loaded->labels = *std::move(labels);
  }
  return *std::move(loaded);
}

// Keeps what takes longer than `long_ms`. It is no matter if that fails.
class Keeper {
 public:
  Keeper(const CacheFolder& folder, std::string path, const ModelFiles& files, double long_ms)
      : folder_(folder), path_(std::move(path)), files_(files), long_ms_(long_ms) {
    files_.task = {};  // what lies beside the model is read where it lies
    files_.files.clear();
  }

  std::string operator()(const ImportedProgram& imported, const ir::Graph& graph,
                         double took_ms) const {
    const bool alone = imported.source == nullptr || !imported.source->has_files();
    if (took_ms <= long_ms_ || !alone || !folder_.make()) return {};
    const auto written = write_engine(files_, imported, graph, path_, {},
                                      [](uint64_t, uint64_t) { return Status(); });
    if (!written) return {};
    folder_.trim();
    return path_;
  }

 private:
  CacheFolder folder_;
  std::string path_;
  ModelFiles files_;
  double long_ms_;
};

}  // namespace

Expected<LoadedProgram> load_cached_program(const ModelFiles& files,
                                            const ProgramSettings& settings, double long_ms) {
  const CacheFolder folder(files.cache_folder.empty() ? "" : files.cache_folder + "/prepared",
                           kPreparedLimits);
  const std::string path = prepared_path(folder, files);
  if (path.empty()) return load_program(files, settings);
  if (auto kept = load_prepared(path, files, settings)) {
    folder.touch(path);
    return *std::move(kept);
  }
  ProgramSettings keeping = settings;
  keeping.keep = Keeper(folder, path, files, long_ms);
  return load_program(files, keeping);
}

}  // namespace hone::cli
