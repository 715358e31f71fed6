#include "chat_history.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/descriptor.h"
#include "base/file.h"

namespace hone::cli {
namespace {

constexpr uint64_t kReadLimit = uint64_t{64} << 20;

std::string escaped(std::string_view entry) {
  std::string line;
  for (const char c : entry) {
    if (c == '\\')
      line += "\\\\";
    else if (c == '\n')
      line += "\\n";
    else
      line += c;
  }
  return line + "\n";
}

std::string unescaped(std::string_view line) {
  std::string entry;
  for (size_t i = 0; i < line.size(); ++i) {
    const bool escape = line[i] == '\\' && i + 1 < line.size();
    if (escape) ++i;
    entry += escape && line[i] == 'n' ? '\n' : line[i];
  }
  return entry;
}

// Whole lines in one call, so that those of several processes do not mix.
Status write_private(const std::string& path, int flags, std::string_view text) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600));
  if (file.get() < 0) return system_error(path, "cannot open");
  if (::fchmod(file.get(), 0600) != 0) return system_error(path, "cannot make private");
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return system_error(path, "cannot write");
  }
  return {};
}

Status rewrite(const std::string& path, const std::vector<std::string>& entries) {
  std::string text;
  for (const std::string& entry : entries) text += escaped(entry);
  const std::string temporary = cat(path, ".tmp.", ::getpid());
  HONE_RETURN_IF_ERROR(write_private(temporary, O_TRUNC | O_NOFOLLOW, text));
  if (::rename(temporary.c_str(), path.c_str()) != 0) return system_error(path, "cannot replace");
  return {};
}

}  // namespace

Expected<std::vector<std::string>> load_history(const std::string& path) {
  std::vector<std::string> entries;
  if (!file_exists(path)) return entries;
  HONE_TRY(const std::string text, read_file(path, kReadLimit));
  std::vector<std::string_view> lines = split(text, '\n');
  std::erase_if(lines, [](std::string_view l) { return l.empty() || l.size() > kMaxHistoryEntry; });
  const bool far_more = lines.size() > 2 * kMaxHistoryEntries || text.size() > kMaxHistoryFile;
  size_t bytes = 0;
  size_t first = lines.size();
  while (first > 0 && lines.size() - first < kMaxHistoryEntries &&
         bytes + lines[first - 1].size() < kMaxHistoryFile / 2) {
    bytes += lines[--first].size();
  }
  for (size_t i = first; i < lines.size(); ++i) entries.push_back(unescaped(lines[i]));
  if (far_more) HONE_RETURN_IF_ERROR(rewrite(path, entries));
  return entries;
}

Status append_to_history(const std::string& path, std::string_view entry) {
  const std::string line = escaped(entry);
  if (line.size() > kMaxHistoryEntry) return {};
  std::error_code ignored;  // the open that follows tells
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  return write_private(path, O_APPEND, line);
}

}  // namespace hone::cli
