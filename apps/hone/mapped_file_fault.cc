#include "mapped_file_fault.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace hone::cli {
namespace {

// Everything here runs in a signal handler: no allocation, no locks, no stdio.

struct Mapping {
  std::string_view path;  // empty: none found
  uint64_t offset = 0;    // of the address, in the file
};

// "begin-end rwxp offset device inode   path", numbers in hexadecimal (proc_pid_maps(5)).
Mapping parse_line(std::string_view line, uint64_t address) {
  uint64_t begin = 0, end = 0, offset = 0;
  const char* last = line.data() + line.size();
  auto read = std::from_chars(line.data(), last, begin, 16);
  if (read.ptr == last || *read.ptr != '-') return {};
  read = std::from_chars(read.ptr + 1, last, end, 16);
  constexpr ptrdiff_t kPermissions = 6;  // " r--p "
  if (last - read.ptr < kPermissions || address < begin || address >= end) return {};
  std::from_chars(read.ptr + kPermissions, last, offset, 16);
  const size_t slash = line.find('/');
  if (slash == line.npos) return {};
  return {line.substr(slash), offset + address - begin};
}

// Reads the list of mappings line by line through `buffer`.
Mapping find_mapping(uint64_t address, char (&buffer)[8192]) {
  const int maps = ::open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (maps < 0) return {};
  size_t held = 0;
  Mapping found;
  while (found.path.empty()) {
    const ssize_t got = ::read(maps, buffer + held, sizeof buffer - held);
    if (got <= 0) break;
    held += static_cast<size_t>(got);
    std::string_view text(buffer, held);
    for (size_t end; found.path.empty() && (end = text.find('\n')) != text.npos;) {
      found = parse_line(text.substr(0, end), address);
      text.remove_prefix(end + 1);
    }
    if (!found.path.empty()) break;
    std::char_traits<char>::move(buffer, text.data(), text.size());
    held = text.size();
  }
  ::close(maps);
  return found;
}

void say(std::string_view text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

std::atomic_flag said;  // every thread that reads the file gets here, one speaks

void on_bus_error(int signal, siginfo_t* about, void*) {
  char buffer[8192];
  const auto address = reinterpret_cast<uint64_t>(about->si_addr);
  const Mapping mapping = about->si_code == BUS_ADRERR ? find_mapping(address, buffer) : Mapping{};
  if (mapping.path.empty()) {  // not a file's: what would have happened without this
    ::signal(signal, SIG_DFL);
    ::raise(signal);
    return;
  }
  while (said.test_and_set()) ::pause();  // the thread that speaks ends the process
  char digits[24];
  const char* end = std::to_chars(digits, digits + sizeof digits, mapping.offset).ptr;
  say("hone: ");
  say(mapping.path);
  say(": became shorter while it was in use and ends before byte ");
  say({digits, static_cast<size_t>(end - digits)});
  say("; put the whole file back and start again\n");
  ::_exit(info(Code::corrupt).exit_status);
}

}  // namespace

void end_on_shortened_file() {
  struct sigaction action = {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, nullptr);
}

}  // namespace hone::cli
