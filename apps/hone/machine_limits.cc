#include "machine_limits.h"

#include <algorithm>

namespace hone::cli {

Status measure_machine(ThreadPool& pool, const ProbeOptions& options, MachineLimits& limits) {
  HONE_TRY(const double read_gb_s, measure_read_gb_s(pool, options));
  limits.read_gb_s = std::max(limits.read_gb_s, read_gb_s);
  limits.int8_gops = std::max(limits.int8_gops, measure_int8_gops(pool, options));
  limits.int8_tile_gops = std::max(limits.int8_tile_gops, measure_int8_tile_gops(pool, options));
  limits.f32_gflops = std::max(limits.f32_gflops, measure_f32_gflops(pool, options));
  return {};
}

void set_limits(Json& machine, const MachineLimits& limits) {
  if (limits.read_gb_s <= 0) return;
  machine.set("read_gb_s", limits.read_gb_s);
  machine.set("int8_gops", limits.int8_gops);
  if (limits.int8_tile_gops > 0) machine.set("int8_tile_gops", limits.int8_tile_gops);
  machine.set("f32_gflops", limits.f32_gflops);
}

}  // namespace hone::cli
