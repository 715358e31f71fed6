// Golden samples of an engine that was just compiled, and the budgets that it is measured to keep.
#pragma once

#include <optional>
#include <string>

#include "command.h"
#include "engine/golden.h"

namespace hone::cli {

struct GoldenWish {
  std::string samples;  // as golden_samples.h takes it
  std::optional<double> latency_ms, memory_mb;
  int threads = 0;
};

// Measured budgets are so much above what was measured: a quieter or a busier day is no failure.
inline constexpr double kLatencyAllowance = 2;
inline constexpr double kLatencyRoom = 1;  // ms, at least: of others that run beside it
inline constexpr double kMemoryAllowance = 1.25;
inline constexpr double kMemoryRoom = 16e6;  // pages of files that a system keeps mapped or not

// What `hone verify --golden` tells of an engine, in numbers.
struct GoldenSummary {
  size_t samples = 0;
  double latency_ms = 0;
  uint64_t memory_bytes = 0;
};

// Writes a copy of the engine at `path` with golden samples to `out`. The samples are run by
// another process first, which is measured: an engine that fails them is not written.
Expected<GoldenSummary> write_golden(const std::string& path, const GoldenWish& wish,
                                     const std::string& out, Context& context);

}  // namespace hone::cli
