// Files that hold tunings and nothing else: an engine's frame around sections of kind "tuning"
// (FORMAT.md). A timing cache is one that a person names; a device's own are in a TuningStore.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/cache_folder.h"
#include "base/sha256.h"
#include "engine/program.h"
#include "engine/tuning.h"

namespace hone {

// The tunings of such a file, or of an engine; none if there is no file. Code::corrupt or
// Code::untrusted where it was damaged.
Expected<std::vector<Tuning>> read_tunings(const std::string& path);
// The old file or the whole new one. Equal tunings give equal bytes.
Status write_tunings(const std::string& path, std::span<const Tuning> tunings);

// That of one processor and build; null if there is none.
const Tuning* find_tuning(std::span<const Tuning> tunings, std::string_view processor,
                          std::string_view build);

// What a model computes, weights apart: models of one digest have one tuning.
Sha256Digest digest_of(const Program& program);

// What a device has measured, in a folder of its own: a file a model, processor and build. What was
// kept longest ago goes when there are more than a few hundred. Damaged files are as none.
class TuningStore {
 public:
  // An empty name: nothing is found, and nothing kept.
  explicit TuningStore(std::string folder) : files_(std::move(folder), {}) {}

  // Whether there is anything to look for.
  bool has_files() const { return files_.exists(); }
  std::optional<Tuning> find(const Sha256Digest& model, std::string_view processor,
                             std::string_view build) const;
  Status keep(const Sha256Digest& model, const Tuning& tuning) const;
  Status forget(const Sha256Digest& model, std::string_view processor,
                std::string_view build) const;

 private:
  std::string path_of(const Sha256Digest& model, std::string_view processor,
                      std::string_view build) const;

  CacheFolder files_;
};

}  // namespace hone
