#include "models/progress.h"

#include <array>
#include <utility>

namespace hone {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kCallInterval{100};
constexpr milliseconds kSpeedWindow{5000};

double seconds_between(ProgressReporter::Time from, ProgressReporter::Time to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

std::string_view name_of(Progress::Stage stage) {
  constexpr std::array<std::string_view, 5> kNames = {"waiting", "checking", "connecting",
                                                      "downloading", "unpacking"};
  return kNames[static_cast<size_t>(stage)];
}

void ProgressReporter::begin(Progress::Stage stage, std::string source, uint64_t bytes,
                             std::optional<uint64_t> total, Time now) {
  progress_ = {.stage = stage, .bytes = bytes, .total = total, .source = std::move(source)};
  samples_ = {{now, bytes}};
  last_call_ = now;
  if (sink_) sink_(progress_);
}

Status ProgressReporter::update(uint64_t bytes, Time now) {
  progress_.bytes = bytes;
  const bool complete = progress_.total == bytes;
  if (now - last_call_ >= kCallInterval || complete) {
    last_call_ = now;
    measure(now);
    if (sink_) sink_(progress_);
  }
  return check_canceled();
}

void ProgressReporter::measure(Time now) {
  samples_.push_back({now, progress_.bytes});
  while (samples_.size() > 2 && now - samples_.front().time > kSpeedWindow) samples_.pop_front();
  const Sample& first = samples_.front();
  const double seconds = seconds_between(first.time, now);
  const bool forward = progress_.bytes > first.bytes;
  progress_.bytes_per_s =
      forward && seconds > 0 ? static_cast<double>(progress_.bytes - first.bytes) / seconds : 0;
  progress_.seconds_left.reset();
  if (progress_.bytes_per_s > 0 && progress_.total && *progress_.total >= progress_.bytes) {
    const auto rest = static_cast<double>(*progress_.total - progress_.bytes);
    progress_.seconds_left = rest / progress_.bytes_per_s;
  }
}

Status ProgressReporter::check_canceled() const {
  if (!canceled_ || !canceled_()) return {};
  return fail(Code::canceled, "stopped; the next pull goes on where this one ended");
}

}  // namespace hone
