// Runs another program and waits for it, with its output in hand and an end to it in sight.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace hone {

struct Command {
  std::vector<std::string> argv;                // argv[0] is looked up in PATH
  std::function<Status(Bytes)> on_output = {};  // pieces of its standard output; empty: dropped
  std::function<Status()> on_tick = {};         // called at least every 100 ms
  std::chrono::milliseconds limit = std::chrono::hours(24);
};

struct ProcessResult {
  int exit_status = 0;  // 128 + n if signal n ended it
  std::string errors;   // the last 8 KiB of its standard error
  // The most memory it held at once, or what this process had held when it started it, whichever is
  // more.
  uint64_t peak_resident_bytes = 0;
};

// The program reads an empty standard input, inherits the environment and leads a process group of
// its own. An error from a callback, or the limit, ends the whole group and is returned. A missing
// program is Code::not_found.
Expected<ProcessResult> run_process(const Command& command);

// A program that reads what is written here as its standard input; its output is dropped. Otherwise
// as run_process; whoever leaves it before finish() ends its whole group. Move only.
class ProcessInput {
 public:
  static Expected<ProcessInput> start(const std::vector<std::string>& argv);
  ProcessInput(ProcessInput&&) noexcept;
  ProcessInput& operator=(ProcessInput&&) noexcept;
  ~ProcessInput();

  // Waits while the program is busy. One that reads no more: Code::io, with its last words.
  Status write(Bytes bytes);
  // Lets it see the end, and waits for its own.
  Expected<ProcessResult> finish();

 private:
  struct Running;
  explicit ProcessInput(std::unique_ptr<Running> running);

  std::unique_ptr<Running> running_;
};

}  // namespace hone
