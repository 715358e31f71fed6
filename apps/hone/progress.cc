#include "progress.h"

#include <algorithm>
#include <cmath>

namespace hone::cli {
namespace {

constexpr auto kRedraw = std::chrono::milliseconds(100);
constexpr int kBarMax = 30;
constexpr int kBarMin = 10;

std::string bar(double share, int columns) {
  const int filled = std::clamp(static_cast<int>(share * columns), 0, columns);
  std::string text(static_cast<size_t>(filled), '=');
  if (filled < columns) text += '>';
  text.resize(static_cast<size_t>(columns), ' ');
  return cat("[", text, "]");
}

std::string figures(const ProgressState& state, double share) {
  std::string text;
  if (state.total > 0) {
    const std::string percent = cat(static_cast<int>(share * 100));
    text = cat(std::string(3 - std::min<size_t>(3, percent.size()), ' '), percent, " %  ",
               human_bytes(state.done), " of ", human_bytes(state.total));
  } else {
    text = human_bytes(state.done);
  }
  if (state.bytes_per_s < 1) return text;
  text += cat("  ", human_bytes(static_cast<uint64_t>(state.bytes_per_s)), "/s");
  if (state.total > state.done) {
    const double left = static_cast<double>(state.total - state.done) / state.bytes_per_s;
    text += cat("  ", human_duration(left), " left");
  }
  return text;
}

}  // namespace

std::string human_duration(double seconds) {
  constexpr double kMax = 359999;  // 99 h 59 min
  const auto whole = static_cast<int64_t>(std::ceil(std::clamp(seconds, 0.0, kMax)));
  if (whole < 60) return cat(whole, " s");
  if (whole < 3600) return cat(whole / 60, " min ", whole % 60, " s");
  return cat(whole / 3600, " h ", whole % 3600 / 60, " min");
}

std::string progress_line(const ProgressState& state, int width) {
  const double share =
      state.total == 0
          ? 0
          : std::min(1.0, static_cast<double>(state.done) / static_cast<double>(state.total));
  const std::string numbers = figures(state, share);
  std::string label = state.label;
  const int room = width - display_width(label) - display_width(numbers) - 4;
  if (state.total > 0 && room >= kBarMin) {
    return cat(label, " ", bar(share, std::min(room, kBarMax)), " ", numbers);
  }
  const std::string line = cat(label, " ", numbers);
  return display_width(line) <= width ? line : display_width(numbers) <= width ? numbers : "";
}

ProgressBar::ProgressBar(Console& console, std::string_view label, uint64_t total)
    : console_(console) {
  state_.label = label;
  state_.total = total;
}

void ProgressBar::update(uint64_t done, uint64_t total, Clock::time_point now) {
  if (!console_.err_is_terminal()) return;
  if (!started_) {
    started_ = true;
    start_ = now;
    drawn_ = now - kRedraw;
    first_done_ = done;
  }
  const bool complete = total > 0 && done >= total;
  if (now - drawn_ < kRedraw && !complete) return;
  drawn_ = now;
  state_.done = done;
  state_.total = total;
  const double elapsed_s = std::chrono::duration<double>(now - start_).count();
  const uint64_t fetched = done - std::min(done, first_done_);
  state_.bytes_per_s = elapsed_s > 0 ? static_cast<double>(fetched) / elapsed_s : 0;
  // One column stays free: some terminals wrap when the last one is written.
  console_.note(cat("\r\x1b[K", progress_line(state_, console_.width() - 1)));
  visible_ = true;
}

void ProgressBar::finish() {
  if (visible_) console_.note("\r\x1b[K");
  visible_ = false;
}

}  // namespace hone::cli
