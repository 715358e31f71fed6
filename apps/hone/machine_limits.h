// What this machine can do at most, for the commands that measure.
#pragma once

#include "base/error.h"
#include "base/json.h"
#include "base/thread_pool.h"
#include "device/probe/limits.h"

namespace hone::cli {

// Zero where it was not measured.
struct MachineLimits {
  double read_gb_s = 0;
  double int8_gops = 0;
  double int8_tile_gops = 0;  // also where the processor has no tiles
  double f32_gflops = 0;
};

// Raises `limits` to what is measured now: measured before and after the work, the better one
// counts, since other work on the machine comes and goes. Takes a second or so unless `options`
// say otherwise.
Status measure_machine(ThreadPool& pool, const ProbeOptions& options, MachineLimits& limits);

// As "read_gb_s" and so on; what was not measured is left out.
void set_limits(Json& machine, const MachineLimits& limits);

}  // namespace hone::cli
