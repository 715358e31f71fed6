#include "device/probe/limits.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <fstream>

#include "backend/cpu/isa_table.h"
#include "base/memory.h"
#include "device/probe/kernels.h"

namespace hone {

HONE_ISA_TABLE(ProbeFns, probe_fns)
HONE_AMX_TABLE(ProbeTileFns, probe_tile_fns)

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kMinBuffer = size_t{256} << 20;
constexpr size_t kPiece = size_t{1} << 20;  // bytes a thread takes at a time
static_assert(kPiece % (kProbeVector * kProbeVectorsAtOnce) == 0);

template <class F>
double seconds_of(F&& work) {
  const auto begin = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// The shortest time of `work`, repeated at least three times and for `seconds`.
template <class F>
double best_seconds(double seconds, F&& work) {
  constexpr int kLeast = 3;
  double best = seconds_of(work);
  double spent = best;
  for (int i = 1; i < kLeast || spent < seconds; ++i) {
    const double time = seconds_of(work);
    best = std::min(best, time);
    spent += time;
  }
  return best;
}

size_t buffer_bytes(const ProbeOptions& options) {
  if (options.buffer_bytes != 0) return std::max(options.buffer_bytes, kPiece) / kPiece * kPiece;
  const long cache = ::sysconf(_SC_LEVEL3_CACHE_SIZE);
  size_t wanted = std::max(kMinBuffer, cache > 0 ? 4 * static_cast<size_t>(cache) : 0);
  // A small machine keeps most of its memory for others.
  if (const size_t free = available_memory(); free > 0) wanted = std::min(wanted, free / 4);
  return std::max(wanted, kPiece) / kPiece * kPiece;
}

// `compute(rounds)` does rounds * ops operations and returns something that is not zero.
template <class F>
double measure_giga_ops(ThreadPool& pool, const ProbeOptions& options, int64_t ops, F&& compute) {
  // Long enough for the start of a region not to count.
  constexpr double kLongEnoughS = 4e-3;
  std::atomic<int64_t> zeros{0};
  const int64_t parts = 4 * pool.size();
  int64_t rounds = 1;
  const auto work = [&] {
    pool.for_each(parts, [&](int64_t) {
      if (compute(rounds) == 0) ++zeros;
    });
  };
  // Not one time alone, which the scheduler may have made long.
  while (best_seconds(0, work) < kLongEnoughS) rounds *= 2;
  const double time = best_seconds(options.seconds, work);
  return static_cast<double>(parts * rounds * ops) / time * 1e-9;
}

}  // namespace

Expected<double> measure_read_gb_s(ThreadPool& pool, const ProbeOptions& options) {
  HONE_TRY(const MemoryBlock buffer,
           MemoryBlock::allocate(buffer_bytes(options), MemoryBlock::Pages::huge));
  const auto pieces = static_cast<int64_t>(buffer.size() / kPiece);
  const auto piece = [&](int64_t i) { return buffer.data() + static_cast<size_t>(i) * kPiece; };
  // Memory that was never written is one page of zeros, over and over.
  pool.for_each(pieces,
                [&](int64_t i) { std::memset(piece(i), static_cast<int>(i % 251), kPiece); });
  const ProbeFns& fns = probe_fns(options.isa);
  std::atomic<int64_t> zeros{0};
  const double time = best_seconds(options.seconds, [&] {
    pool.for_each(pieces, [&](int64_t i) {
      const auto* data = reinterpret_cast<const uint8_t*>(piece(i));
      if (fns.read(data, static_cast<int64_t>(kPiece) / kProbeVector) == 0) ++zeros;
    });
  });
  return static_cast<double>(buffer.size()) / time * 1e-9;
}

double measure_int8_gops(ThreadPool& pool, const ProbeOptions& options) {
  const ProbeFns& fns = probe_fns(options.isa);
  return measure_giga_ops(pool, options, fns.dot_ops, fns.dot);
}

double measure_int8_tile_gops(ThreadPool& pool, const ProbeOptions& options) {
  const ProbeTileFns* fns = probe_tile_fns(options.isa);
  return fns == nullptr ? 0 : measure_giga_ops(pool, options, fns->dot_ops, fns->dot);
}

double measure_f32_gflops(ThreadPool& pool, const ProbeOptions& options) {
  const ProbeFns& fns = probe_fns(options.isa);
  return measure_giga_ops(pool, options, fns.fma_ops,
                          [&](int64_t rounds) { return fns.fma(rounds, 0.5f); });
}

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::string_view text = line;
    if (!text.starts_with("model name") && !text.starts_with("Hardware")) continue;
    if (const size_t colon = text.find(':'); colon != text.npos) {
      return printable(trim(text.substr(colon + 1)));
    }
  }
  utsname system = {};
  return ::uname(&system) == 0 ? system.machine : "unknown";
}

}  // namespace hone
