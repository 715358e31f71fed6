// One line from a terminal, with editing, history and completion (libedit, loaded when it is there;
// without it the terminal's own line mode serves).
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace hone::cli {

struct LineEditorOptions {
  int input = 0;  // descriptors of a terminal
  int output = 1;
  size_t history_size = 1000;   // lines that Up can reach
  bool bracketed_paste = true;  // the terminal marks pasted text; off where TERM is dumb
  // Whole texts that could stand before the cursor instead of what stands there.
  std::function<std::vector<std::string>(std::string_view)> complete;
};

enum class LineEnd {
  entered,
  interrupted,  // Ctrl-C: what was typed is dropped
  closed,       // Ctrl-D on an empty line, or the terminal is gone
};

struct EditedLine {
  LineEnd end = LineEnd::entered;
  std::string text;  // UTF-8 without the line end; pasted text may hold several lines
};

// Move only. While read_line() waits, Ctrl-C and Ctrl-Z are keys, not signals; between the calls
// the terminal is as it was found.
class LineEditor {
 public:
  explicit LineEditor(LineEditorOptions options);
  LineEditor(LineEditor&&) noexcept;
  LineEditor& operator=(LineEditor&&) noexcept;
  ~LineEditor();

  Expected<EditedLine> read_line(std::string_view prompt);
  // What Up brings back; the same text twice in a row is kept once.
  void add_to_history(const std::string& text);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hone::cli
