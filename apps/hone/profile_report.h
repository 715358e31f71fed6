// What `hone bench --profile` tells: each step's time and rate, held against the machine's roofline
// (doi:10.1145/1498765.1498785): a step takes at least as long as its arithmetic at the measured
// peak, and as the bytes it reads and writes at the measured bandwidth of memory.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "console.h"
#include "machine_limits.h"
#include "runtime/profile.h"

namespace hone::cli {

// What a step would wait for, were it perfect.
enum class Bound : uint8_t {
  arithmetic,
  memory,
  caches,   // it moved more than memory gives: held against the arithmetic alone
  nothing,  // it neither computes nor moves anything that is known
};
std::string_view name_of(Bound bound);

// A step, or all steps of one op, kernel and weight type together.
struct ProfileRow {
  std::string name;  // of a step
  std::string op, variant, weights;
  int calls = 0;
  double us = 0;
  double share = 0;  // of the run
  double gflop_s = 0;
  double gb_s = 0;
  double floor_us = 0;  // what the roofline allows
  Bound bound = Bound::nothing;

  double roofline() const { return us > 0 ? floor_us / us : 0; }
};

struct ProfileReport {
  double us = 0;        // of a run
  double floor_us = 0;  // of its steps together
  int runs = 0;
  std::string sentence;           // what bounds the model
  std::vector<ProfileRow> steps;  // in the order of their first run
  std::vector<ProfileRow> ops;    // longest first
};

// Several runs of one model, from `run`, to one profile: of each step, and of what is between them,
// the median time, with the sum of those; and the spans of the run whose time is the median.
struct MedianProfile {
  Profile profile;
  int runs = 0;
};
Expected<MedianProfile> median_profile(const std::function<Expected<Profile>()>& run);

ProfileReport report_of(const MedianProfile& median, const MachineLimits& limits);

// With a title for what ran: "A run", "One decode step".
std::string text_of(const ProfileReport& report, std::string_view title, const Console& console);
Json json_of(const ProfileReport& report);

}  // namespace hone::cli
