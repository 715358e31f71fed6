// What the processor can do at most, measured: what the speed of a model is held against.
#pragma once

#include <string>

#include "backend/cpu/isa.h"
#include "base/error.h"
#include "base/thread_pool.h"

namespace hone {

struct ProbeOptions {
  Isa isa = best_isa();
  size_t buffer_bytes = 0;  // 0: four times the last cache, at least 256 MB
  double seconds = 0.4;     // of repetition, each; the fastest one counts
};

// Bytes a second, in units of 1e9, that all threads of the pool together read from memory. An error
// when there is no memory for the buffer.
Expected<double> measure_read_gb_s(ThreadPool& pool, const ProbeOptions& options = {});

// Multiplications and additions of 8-bit integers a second, in units of 1e9, of all threads
// together, with the instruction set's best dot product on operands in registers.
double measure_int8_gops(ThreadPool& pool, const ProbeOptions& options = {});

// The same of products of tiles, which only large matrix products can use; 0 where there are none.
double measure_int8_tile_gops(ThreadPool& pool, const ProbeOptions& options = {});

// The same for floats of 32 bits, fused where the processor can.
double measure_f32_gflops(ThreadPool& pool, const ProbeOptions& options = {});

// "AMD EPYC 9B14", or the architecture's name where the system does not tell.
std::string processor_name();

}  // namespace hone
