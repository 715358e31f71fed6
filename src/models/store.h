// The models on this machine: one folder with NAME.gguf (or .onnx, ...), the files that belong to
// it, NAME.labels.txt or NAME.tokenizer.json, and the record NAME.json.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/sha256.h"
#include "models/catalogue.h"

namespace hone {

// How far the bytes are known to be the right ones.
enum class Trust : uint8_t {
  verified,  // they have the hash that the catalogue states
  pinned,    // the catalogue states none: they have the hash of the first pull from that source
};
std::string_view name_of(Trust trust);

// A file beside an installed model.
struct InstalledFile {
  std::string role = {};
  FileFormat format = FileFormat::txt;
  std::string path = {};
  uint64_t size_bytes = 0;
  Sha256Digest sha256 = {};
  std::string source = {};

  bool operator==(const InstalledFile& other) const = default;
};

// The record beside an installed model.
struct InstalledModel {
  std::string name;
  FileFormat format = FileFormat::gguf;
  std::string path = {};
  uint64_t size_bytes = 0;
  Sha256Digest sha256 = {};
  Trust trust = Trust::pinned;
  std::string source = {};
  License license = {};
  int64_t pulled_at_unix_s = 0;
  std::string architecture = {};  // as the catalogue had it at the pull
  Json task = {};                 // the same
  std::vector<InstalledFile> files = {};

  // Null if there is none.
  const InstalledFile* file(std::string_view role) const;
  uint64_t total_bytes() const;  // with the files beside it

  bool operator==(const InstalledModel& other) const = default;
};

// Safe to use from several processes: a model is installed by one rename, and whoever installs or
// removes one holds its lock.
class Store {
 public:
  // Nothing is created before the first pull.
  explicit Store(std::string root) : root_(std::move(root)) {}

  const std::string& root() const { return root_; }

  // By name; models whose record or file is missing or broken are left out.
  Expected<std::vector<InstalledModel>> list() const;
  // Nothing if that name is not installed. A broken record is an error that says so.
  Expected<std::optional<InstalledModel>> find(std::string_view name) const;
  // Removes the model with its record and what an interrupted pull left. Not installed and nothing
  // left: Code::not_found. Another process at work on it: Code::conflict.
  Status remove(std::string_view name) const;

  // Where a model's file lies, or will lie; with a role the file beside it.
  std::string path(std::string_view name, FileFormat format = FileFormat::gguf,
                   std::string_view role = {}) const;

  // The hash that the first pull from a source without a stated hash gave. Pins outlive the model.
  Expected<std::optional<Sha256Digest>> pinned(const ModelSource& source) const;
  Status pin(const ModelSource& source, const Sha256Digest& digest) const;
  Status unpin(const CatalogueEntry& entry) const;

  // For pull: the lock that create() makes a place for, and under it the unfinished files, a folder
  // for packages, and the step that makes finished parts a model. What has no part stays as it is.
  Status create() const;
  std::string lock_path(std::string_view name) const;
  std::string part_path(std::string_view name, FileFormat format = FileFormat::gguf,
                        std::string_view role = {}) const {
    return path(name, format, role) + ".part";
  }
  std::string work_folder(std::string_view name) const;
  Status install(InstalledModel& model) const;

 private:
  std::string root_;
};

}  // namespace hone
