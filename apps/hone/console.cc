#include "console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/utf8.h"

namespace hone::cli {
namespace {

constexpr int kDefaultWidth = 80;

std::string styled(bool color, Style style, std::string_view text) {
  constexpr std::array kCodes = {"", "1", "2", "31", "32", "33", "36"};
  const char* code = kCodes[static_cast<size_t>(style)];
  if (!color || *code == '\0') return std::string(text);
  return cat("\x1b[", code, "m", text, "\x1b[0m");
}

Status write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      return std::unexpected(
          Error{Code::io, cat("cannot write: ", std::strerror(errno)), "standard output"});
    }
    text.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

int terminal_width(const Environment& environment) {
  if (environment.columns) return *environment.columns;
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
    winsize size = {};
    if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  }
  return kDefaultWidth;
}

struct Range {
  char32_t first, last;
};

template <size_t N>
bool in(const std::array<Range, N>& ranges, char32_t code) {
  for (const Range& range : ranges) {
    if (code >= range.first && code <= range.last) return true;
  }
  return false;
}

// The large blocks of Unicode 15's EastAsianWidth.txt (W and F) and of combining marks (Mn).
constexpr std::array kWide = {
    Range{0x1100, 0x115f},   Range{0x2e80, 0x303e},   Range{0x3041, 0xa4cf},
    Range{0xac00, 0xd7a3},   Range{0xf900, 0xfaff},   Range{0xfe30, 0xfe6f},
    Range{0xff00, 0xff60},   Range{0xffe0, 0xffe6},   Range{0x1f300, 0x1f64f},
    Range{0x1f680, 0x1f6ff}, Range{0x1f900, 0x1f9ff}, Range{0x20000, 0x3fffd}};
constexpr std::array kNoWidth = {Range{0x0300, 0x036f}, Range{0x200b, 0x200f},
                                 Range{0x20d0, 0x20f0}, Range{0xfe00, 0xfe0f},
                                 Range{0xfe20, 0xfe2f}};

// An op's rules have labels ("C2: ..."), which are for those who write ops.
std::string without_label(std::string_view message) {
  if (!message.starts_with('C')) return std::string(message);
  const size_t end = message.find_first_not_of("0123456789", 1);
  if (end == message.npos || end == 1 || !message.substr(end).starts_with(": "))
    return std::string(message);
  return std::string(message.substr(end + 2));
}

}  // namespace

Console Console::open(const Environment& environment) {
  const bool color = !environment.no_color && environment.terminal != "dumb";
  const bool out = ::isatty(STDOUT_FILENO) == 1;
  const bool err = ::isatty(STDERR_FILENO) == 1;
  return Console({STDOUT_FILENO, out, out && color}, {STDERR_FILENO, err, err && color},
                 terminal_width(environment));
}

Status Console::print(std::string_view text) { return write_all(out_.descriptor, text); }

void Console::note(std::string_view text) { (void)write_all(err_.descriptor, text); }

void Console::error(const Error& error) {
  Error told = error;
  told.message = without_label(told.message);
  // Names that come from a file may hold what a terminal would follow.
  const std::string all = told.text();
  std::string text;
  for (const std::string_view line : split(all, '\n')) text += printable(line, line.size()) + "\n";
  note(cat(err_style(Style::red, "hone:"), " ", text));
}

std::string Console::out_style(Style style, std::string_view text) const {
  return styled(out_.color, style, text);
}

std::string Console::err_style(Style style, std::string_view text) const {
  return styled(err_.color, style, text);
}

std::string Console::shown(std::string_view text) const {
  if (!out_.terminal) return std::string(text);
  std::string safe;
  for (size_t i = 0; i < text.size();) {
    const Utf8Char next = decode_utf8(text, i);
    const bool control = next.code < 0x20 || (next.code >= 0x7f && next.code < 0xa0);
    if (control && next.code != '\n' && next.code != '\t') {
      char code[8];
      std::snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned>(next.code));
      safe += code;
    } else {
      safe += text.substr(i, next.size);
    }
    i += next.size;
  }
  return safe;
}

int display_width(std::string_view text) {
  int width = 0;
  for (size_t i = 0; i < text.size();) {
    const Utf8Char next = decode_utf8(text, i);
    width += in(kNoWidth, next.code) ? 0 : in(kWide, next.code) ? 2 : 1;
    i += next.size;
  }
  return width;
}

}  // namespace hone::cli
