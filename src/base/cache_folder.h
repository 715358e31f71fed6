// A folder of files that can be made again: each under the hash of what it was made from, the
// oldest go when there are too many.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace hone {

struct CacheLimits {
  size_t files = 256;
  uint64_t bytes = uint64_t{16} << 20;
};

class CacheFolder {
 public:
  // An empty name: there is no such folder, and nothing can be kept.
  CacheFolder(std::string folder, CacheLimits limits)
      : folder_(std::move(folder)), limits_(limits) {}

  bool is_named() const { return !folder_.empty(); }
  // Whether it is there.
  bool exists() const;
  // Where the file of that key lies, if it is there.
  std::string path_of(std::string_view key) const;
  // Makes the folder, if it is not there, with those that it lies in.
  Status make() const;
  // The file is among those that go last.
  void touch(const std::string& path) const;
  // Removes what is too much. Whatever lies there counts, so that what a process left half written
  // goes, too.
  void trim() const;

 private:
  std::string folder_;
  CacheLimits limits_;
};

}  // namespace hone
