#include "standard_input.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace hone::cli {

Expected<std::string> read_standard_input(uint64_t limit) {
  constexpr size_t kChunk = 1 << 16;
  std::string text;
  while (true) {
    const size_t before = text.size();
    text.resize(before + kChunk);
    const ssize_t got = ::read(STDIN_FILENO, text.data() + before, kChunk);
    text.resize(before + static_cast<size_t>(got > 0 ? got : 0));
    if (got < 0 && errno != EINTR) {
      return fail(Code::io, "standard input cannot be read: ", std::strerror(errno));
    }
    if (text.size() > limit) {
      return fail(Code::limit_exceeded, "standard input holds more than ", human_bytes(limit),
                  "; give it in parts");
    }
    if (got == 0) return text;
  }
}

}  // namespace hone::cli
