#include "line_reader.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace hone::cli {

Expected<std::optional<std::string>> LineReader::next(const std::function<bool()>& interrupted) {
  constexpr size_t kChunk = 1 << 16;
  size_t searched = start_;
  while (true) {
    const size_t end = buffer_.find('\n', searched);
    if (end != buffer_.npos) {
      std::string line = buffer_.substr(start_, end - start_);
      start_ = end + 1;
      return line;
    }
    if (at_end_) break;
    buffer_.erase(0, start_);
    start_ = 0;
    searched = buffer_.size();
    if (searched > limit_) {
      return fail(Code::limit_exceeded, "a line holds more than ", human_bytes(limit_));
    }
    buffer_.resize(searched + kChunk);
    const ssize_t got = ::read(descriptor_, buffer_.data() + searched, kChunk);
    const int error = errno;
    buffer_.resize(searched + static_cast<size_t>(got > 0 ? got : 0));
    if (got < 0 && error == EINTR && interrupted()) return fail(Code::canceled, "");
    if (got < 0 && error != EINTR) {
      return fail(Code::io, "standard input cannot be read: ", std::strerror(error));
    }
    at_end_ = got == 0;
  }
  if (start_ == buffer_.size()) return std::nullopt;
  std::string line = buffer_.substr(start_);
  start_ = buffer_.size();
  return line;
}

}  // namespace hone::cli
