#include "base/output_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "base/file.h"

namespace hone {

Expected<OutputFile> OutputFile::open(const std::string& path) {
  OutputFile out;
  out.path_ = path;
  constexpr int kFlags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  out.file_ = Descriptor(::open(path.c_str(), kFlags, 0644));
  struct stat status = {};
  if (out.file_.get() < 0 || ::fstat(out.file_.get(), &status) != 0) {
    return system_error(path, "cannot open for writing");
  }
  if (!S_ISREG(status.st_mode)) {
    return std::unexpected(Error{Code::invalid_argument, "not a regular file", path});
  }
  out.size_ = static_cast<uint64_t>(status.st_size);
  return out;
}

Status OutputFile::write(Bytes bytes) { return write_at(size_, bytes); }

Status OutputFile::write_at(uint64_t offset, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error(path_, "cannot write");
    offset += static_cast<uint64_t>(written);
    size_ = std::max(size_, offset);
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return {};
}

Status OutputFile::truncate(uint64_t size) {
  if (::ftruncate(file_.get(), static_cast<off_t>(size)) != 0) {
    return system_error(path_, "cannot cut");
  }
  size_ = size;
  return {};
}

Status OutputFile::flush_to_disk() {
  if (::fsync(file_.get()) != 0) return system_error(path_, "cannot flush to disk");
  return {};
}

std::string partial_name(const std::string& path) { return cat(path, ".partial.", ::getpid()); }

Expected<NewFile> NewFile::create(const std::string& path) {
  HONE_RETURN_IF_ERROR(check_replaceable(path));
  auto file = OutputFile::open(partial_name(path));
  if (!file) {
    Error error = std::move(file).error();
    error.where = path;  // the name that was given
    return std::unexpected(std::move(error));
  }
  NewFile created(*std::move(file), path);
  HONE_RETURN_IF_ERROR(created.file_.truncate(0));
  return created;
}

NewFile::~NewFile() {
  if (is_open_) ::unlink(partial_name(path_).c_str());
}

Status NewFile::commit() {
  HONE_RETURN_IF_ERROR(file_.flush_to_disk());
  HONE_RETURN_IF_ERROR(move_into_place(partial_name(path_), path_));
  is_open_ = false;
  return {};
}

Status move_into_place(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0) return system_error(to, "cannot move into place");
  const size_t slash = to.rfind('/');
  const std::string folder = slash == to.npos ? "." : to.substr(0, slash + 1);
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems cannot flush a folder (EINVAL): the rename itself stands.
  if (directory.get() < 0 || (::fsync(directory.get()) != 0 && errno == EIO)) {
    return system_error(folder, "cannot flush to disk");
  }
  return {};
}

Expected<uint64_t> free_space(const std::string& folder) {
  struct statvfs status = {};
  if (::statvfs(folder.c_str(), &status) != 0) return system_error(folder, "cannot read");
  return uint64_t{status.f_bavail} * status.f_frsize;
}

Expected<std::optional<FileLock>> FileLock::try_lock(const std::string& path) {
  FileLock lock;
  lock.file_ = Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (lock.file_.get() < 0) return system_error(path, "cannot open the lock file");
  if (::flock(lock.file_.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno == EWOULDBLOCK || errno == EINTR) return std::nullopt;
  return system_error(path, "cannot lock");
}

}  // namespace hone
