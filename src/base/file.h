// Files: read whole, map, write atomically. With clock.h and thread_pool.h the only doors to the
// OS.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

namespace hone {

// A file mapped read-only for its lifetime. Move only; views into it die with it.
class MappedFile {
 public:
  static Expected<MappedFile> open(const std::string& path);

  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  Bytes bytes() const { return {data_, size_}; }
  const std::string& path() const { return path_; }
  // Which content this was when it was opened: device, inode, size and times of change.
  const std::string& identity() const { return identity_; }
  // Whether others than this user and root may write to the file: whoever owns it, its group or
  // all. Others may then change what is mapped after it was checked.
  bool others_may_write() const { return others_may_write_; }

  // Whether these are bytes of the mapping.
  bool holds(Bytes range) const;
  // Tells the OS that a range, rounded inward to pages, will not be read again soon: its pages
  // leave this process's resident set (they stay in the page cache).
  void drop_pages(Bytes range) const;

 private:
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
  std::string path_, identity_;
  bool others_may_write_ = false;
};

inline constexpr uint64_t kMaxReadFile = uint64_t{1} << 30;

// The whole file; refuses more than `limit` bytes.
Expected<std::string> read_file(const std::string& path, uint64_t limit = kMaxReadFile);

// Whether a new file may take that name: nothing stands there, or a file or link to one, but no
// folder, device or pipe.
Status check_replaceable(const std::string& path);

// Writes beside the target, flushes to disk, renames: readers see the old or the new file, never a
// part.
enum class FileAccess : uint8_t { all, owner };  // who may read it; umask may say less
Status write_file_atomic(const std::string& path, std::string_view content,
                         FileAccess access = FileAccess::all);

bool file_exists(const std::string& path);

}  // namespace hone
