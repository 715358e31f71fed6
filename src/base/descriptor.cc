#include "base/descriptor.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace hone {

void Descriptor::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

std::unexpected<Error> system_error(const std::string& path, std::string_view what) {
  const int code = errno;
  Error error{code == ENOENT ? Code::not_found : Code::io, cat(what, ": ", std::strerror(code)),
              path};
  if (code == ENOSPC) error.message += "; free some space on that disk and try again";
  return std::unexpected(std::move(error));
}

}  // namespace hone
