// Lines from a descriptor that is no terminal, or from one without an editor.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "base/error.h"

namespace hone::cli {

// One reader a descriptor: it reads ahead.
class LineReader {
 public:
  LineReader(int descriptor, size_t limit) : descriptor_(descriptor), limit_(limit) {}

  // The next line without its end; nothing at the end of the input. canceled when a signal came and
  // `interrupted` says so; limit_exceeded for a line beyond the limit.
  Expected<std::optional<std::string>> next(const std::function<bool()>& interrupted);

 private:
  int descriptor_;
  size_t limit_;
  std::string buffer_;
  size_t start_ = 0;  // of what has not been handed out
  bool at_end_ = false;
};

}  // namespace hone::cli
