// A profile as a trace that ui.perfetto.dev and chrome://tracing open.
#pragma once

#include <span>
#include <string>

#include "runtime/profile.h"

namespace hone::cli {

// A run to be shown, with the name of its track.
struct TracedRun {
  std::string_view name;
  const Profile* profile;
};

// Chrome's trace events as JSON: a process a run, a track a thread, a slice for each stretch of
// time that a thread was at one step. Times are since the run's first slice.
std::string chrome_trace(std::span<const TracedRun> runs);

}  // namespace hone::cli
