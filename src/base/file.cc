#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/descriptor.h"

namespace hone {
namespace {

Expected<struct stat> regular_status(const Descriptor& file, const std::string& path) {
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) return system_error(path, "cannot read");
  if (!S_ISREG(status.st_mode)) {
    return std::unexpected(Error{Code::invalid_argument, "not a regular file", path});
  }
  return status;
}

Expected<size_t> regular_size(const Descriptor& file, const std::string& path) {
  HONE_TRY(const struct stat status, regular_status(file, path));
  return static_cast<size_t>(status.st_size);
}

std::string identity_of(const struct stat& status) {
  const auto time = [](const timespec& at) { return cat(at.tv_sec, ".", at.tv_nsec); };
  return cat(status.st_dev, " ", status.st_ino, " ", status.st_size, " ", time(status.st_mtim), " ",
             time(status.st_ctim));
}

bool others_may_write_to(const struct stat& status) {
  const bool ours = status.st_uid == 0 || status.st_uid == ::geteuid();
  return !ours || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

Status write_all(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error(path, "cannot write");
    content.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

}  // namespace

Expected<MappedFile> MappedFile::open(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return system_error(path, "cannot open");
  HONE_TRY(const struct stat status, regular_status(file, path));
  const auto size = static_cast<size_t>(status.st_size);
  MappedFile mapped;
  mapped.path_ = path;
  mapped.identity_ = identity_of(status);
  mapped.others_may_write_ = others_may_write_to(status);
  if (size == 0) return mapped;
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (data == MAP_FAILED) return system_error(path, "cannot map");
  mapped.data_ = static_cast<const std::byte*>(data);
  mapped.size_ = size;
  return mapped;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      path_(std::move(other.path_)),
      identity_(std::move(other.identity_)),
      others_may_write_(other.others_may_write_) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(path_, other.path_);
  std::swap(identity_, other.identity_);
  std::swap(others_may_write_, other.others_may_write_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

bool MappedFile::holds(Bytes range) const {
  const auto begin = reinterpret_cast<uintptr_t>(data_);
  const auto at = reinterpret_cast<uintptr_t>(range.data());
  return data_ != nullptr && at >= begin && at - begin <= size_ &&
         range.size() <= size_ - (at - begin);
}

void MappedFile::drop_pages(Bytes range) const {
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<uintptr_t>(range.data());
  const uintptr_t first = (begin + page - 1) / page * page;
  const uintptr_t last = (begin + range.size()) / page * page;
  if (last > first) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
}

Expected<std::string> read_file(const std::string& path, uint64_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return system_error(path, "cannot open");
  HONE_TRY(const size_t size, regular_size(file, path));
  if (size > limit) {
    return std::unexpected(Error{
        Code::limit_exceeded,
        cat("holds ", human_bytes(size), "; at most ", human_bytes(limit), " are read"), path});
  }
  std::string content(size, '\0');
  size_t done = 0;
  while (done < size) {
    const ssize_t got = ::read(file.get(), content.data() + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(path, "cannot read");
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  content.resize(done);
  return content;
}

Status check_replaceable(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode)) return {};
  return std::unexpected(Error{Code::invalid_argument,
                               S_ISDIR(status.st_mode)
                                   ? "is a folder; name a file in it"
                                   : "is a device or a pipe, which a file cannot replace",
                               path});
}

Status write_file_atomic(const std::string& path, std::string_view content, FileAccess access) {
  HONE_RETURN_IF_ERROR(check_replaceable(path));
  const mode_t mode = access == FileAccess::owner ? 0600 : 0644;
  const std::string temporary = cat(path, ".tmp.", ::getpid());
  ::unlink(temporary.c_str());  // of a process that had this number and was killed
  Status status;
  {
    const Descriptor file(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (file.get() < 0) return system_error(path, "cannot create");
    status = write_all(file.get(), content, path);
    if (status && ::fsync(file.get()) != 0) status = system_error(path, "cannot flush");
  }
  if (status && ::rename(temporary.c_str(), path.c_str()) != 0) {
    status = system_error(path, "cannot rename into place");
  }
  if (!status) ::unlink(temporary.c_str());
  return status;
}

bool file_exists(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0;
}

}  // namespace hone
