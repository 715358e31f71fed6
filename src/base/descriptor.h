// For base's own .cc files that call the OS: an owned file descriptor, and errno as an Error.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace hone {

// Closes on destruction; holds -1 when empty.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { reset(); }

  void reset();
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

// errno in words: "cannot open: Permission denied" at `path`; says what to do on a full disk.
std::unexpected<Error> system_error(const std::string& path, std::string_view what);

}  // namespace hone
