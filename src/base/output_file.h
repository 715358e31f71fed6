// Files that grow: append, cut, flush to disk, move into place; and a lock between processes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/descriptor.h"
#include "base/error.h"

namespace hone {

// A regular file open for appending. Move only; closes on destruction without flushing to disk.
class OutputFile {
 public:
  // Creates the file if it is missing and keeps what it holds. A link is refused.
  static Expected<OutputFile> open(const std::string& path);

  Status write(Bytes bytes);  // at the end
  Status write_at(uint64_t offset, Bytes bytes);
  Status truncate(uint64_t size);
  Status flush_to_disk();
  uint64_t size() const { return size_; }
  const std::string& path() const { return path_; }

 private:
  Descriptor file_;
  std::string path_;
  uint64_t size_ = 0;
};

// Where a file is written before it is moved to `path`: a name that no other process takes.
std::string partial_name(const std::string& path);

// A file that appears under its name when it is whole. Move only; one that was not committed leaves
// nothing behind.
class NewFile {
 public:
  // Begins empty, at partial_name(path).
  static Expected<NewFile> create(const std::string& path);

  NewFile(NewFile&& other) noexcept
      : file_(std::move(other.file_)), path_(std::exchange(other.path_, {})) {}
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

  OutputFile& content() { return file_; }
  const std::string& path() const { return path_; }
  // Flushes to disk and moves into place, where it replaces what was there.
  Status commit();

 private:
  NewFile(OutputFile file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

  OutputFile file_;
  std::string path_;  // empty: moved from, or committed
};

// Renames and flushes the folder, so that after a power cut the target is the old or the new file.
Status move_into_place(const std::string& from, const std::string& to);

// Free bytes on the file system of that folder for this user.
Expected<uint64_t> free_space(const std::string& folder);

// An exclusive lock on a file, held until destruction or the process's end, however that comes.
class FileLock {
 public:
  // Nothing if another process or another FileLock holds it. Creates the file if it is missing and
  // leaves it behind.
  static Expected<std::optional<FileLock>> try_lock(const std::string& path);

 private:
  Descriptor file_;
};

}  // namespace hone
