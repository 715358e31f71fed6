#include "base/cache_folder.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <vector>

#include "base/bytes.h"
#include "base/sha256.h"
#include "base/text.h"

namespace hone {

namespace fs = std::filesystem;

bool CacheFolder::exists() const {
  std::error_code error;
  return is_named() && fs::is_directory(folder_, error);
}

std::string CacheFolder::path_of(std::string_view key) const {
  constexpr size_t kDigits = 32;
  return cat(folder_, "/", hex(sha256(as_bytes(key))).substr(0, kDigits), ".hone");
}

Status CacheFolder::make() const {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) return fail(Code::io, folder_, ": cannot be made: ", error.message());
  return {};
}

void CacheFolder::touch(const std::string& path) const {
  std::error_code ignored;
  fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);
}

void CacheFolder::trim() const {
  struct Kept {
    fs::file_time_type time;
    uint64_t bytes;
    fs::path path;
  };
  std::vector<Kept> all;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_, error)) {
    std::error_code gone;  // another process may be at it as well
    const Kept one{entry.last_write_time(gone), entry.file_size(gone), entry.path()};
    if (!gone) all.push_back(one);
  }
  std::ranges::sort(all, std::greater{}, &Kept::time);
  uint64_t bytes = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    bytes += all[i].bytes;
    if (i >= limits_.files || bytes > limits_.bytes) fs::remove(all[i].path, error);
  }
}

}  // namespace hone
