// A progress bar with speed and time left, shown only on a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "console.h"

namespace hone::cli {

struct ProgressState {
  std::string label;
  uint64_t done = 0;   // bytes
  uint64_t total = 0;  // bytes; 0 if unknown
  double bytes_per_s = 0;
};

// One line of at most `width` columns:
// "smollm2 [=========>        ]  45 %  44.3 MB of 98.4 MB  12.1 MB/s  4 s left".
std::string progress_line(const ProgressState& state, int width);

// "4 s", "2 min 5 s", "1 h 3 min"
std::string human_duration(double seconds);

// Draws on stderr at most ten times a second; the line is wiped at the end. Not on a terminal:
// silent.
class ProgressBar {
 public:
  using Clock = std::chrono::steady_clock;

  ProgressBar(Console& console, std::string_view label, uint64_t total);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar() { finish(); }

  // The total may become known, or change, while it runs. The first call's `done` (what an earlier
  // try had fetched) does not count as speed.
  void update(uint64_t done, uint64_t total, Clock::time_point now = Clock::now());
  void finish();

 private:
  Console& console_;
  ProgressState state_;
  Clock::time_point start_;
  Clock::time_point drawn_;
  uint64_t first_done_ = 0;
  bool started_ = false;
  bool visible_ = false;
};

}  // namespace hone::cli
