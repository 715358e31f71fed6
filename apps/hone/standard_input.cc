#include "standard_input.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

namespace hone::cli {
namespace {

// A pipe whose writer stays silent must not look like a program that hangs.
constexpr auto kSilence = std::chrono::seconds(2);
constexpr int kPollMs = 100;

// Returns when a read will not block.
Status wait_for_input(Context& context, bool& told) {
  const auto begin = std::chrono::steady_clock::now();
  while (true) {
    if (context.interrupt.requested()) return fail(Code::canceled, "");
    pollfd input{STDIN_FILENO, POLLIN, 0};
    const int ready = ::poll(&input, 1, kPollMs);
    // What is wrong with the descriptor shows in the read.
    if (ready > 0 || (ready < 0 && errno != EINTR)) return {};
    if (told || std::chrono::steady_clock::now() - begin < kSilence) continue;
    told = true;
    context.console.note(
        "hone: waiting for the end of standard input ('< /dev/null' leaves it out)\n");
  }
}

// Appends what is there, waiting for it; false at the end.
Expected<bool> read_more(std::string& text, Context& context, bool& told) {
  constexpr size_t kChunk = 1 << 16;
  const size_t before = text.size();
  while (true) {
    HONE_RETURN_IF_ERROR(wait_for_input(context, told));
    text.resize(before + kChunk);
    const ssize_t got = ::read(STDIN_FILENO, text.data() + before, kChunk);
    const int error = errno;
    text.resize(before + static_cast<size_t>(got > 0 ? got : 0));
    if (got >= 0) return got > 0;
    if (error != EINTR && error != EAGAIN) {
      return fail(Code::io, "standard input cannot be read: ", std::strerror(error));
    }
  }
}

}  // namespace

Expected<std::string> read_standard_input(uint64_t limit, Context& context) {
  std::string text;
  bool told = ::isatty(STDIN_FILENO) != 0;
  while (true) {
    HONE_TRY(const bool more, read_more(text, context, told));
    if (text.size() > limit) {
      return fail(Code::limit_exceeded, "standard input holds more than ", human_bytes(limit),
                  "; give it in parts");
    }
    if (!more) return text;
  }
}

Expected<std::string> read_next_input(Context& context) {
  std::string text;
  bool told = true;
  HONE_TRY([[maybe_unused]] const bool more, read_more(text, context, told));
  return text;
}

Expected<std::string> read_piped_input(uint64_t limit, Context& context) {
  if (::isatty(STDIN_FILENO) != 0 || ::fcntl(STDIN_FILENO, F_GETFD) < 0) return std::string();
  return read_standard_input(limit, context);
}

}  // namespace hone::cli
