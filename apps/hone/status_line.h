// One line that tells what goes on, shown only on a terminal and wiped at the end.
#pragma once

#include <string_view>

#include "console.h"

namespace hone::cli {

class StatusLine {
 public:
  explicit StatusLine(Console& console) : console_(console) {}
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;
  ~StatusLine() { clear(); }

  // Replaces what the line says; cut to the terminal's width.
  void show(std::string_view text);
  void clear();

 private:
  Console& console_;
  bool visible_ = false;
};

}  // namespace hone::cli
