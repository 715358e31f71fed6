// Tests of `hone bench` that need a process of their own: `hone run`, started anew for each value.
#pragma once

#include "bench_tests.h"
#include "command.h"

namespace hone::cli {

struct BenchProcess {
  std::string model_path;
  int threads = 0;
  int repeat = 3;
};

// Measured from outside, the model's file in the page cache. To be called before this process has
// taken much memory: the OS counts that as the child's own.
Expected<BenchResult> bench_process(const BenchTest& test, const BenchProcess& settings,
                                    Context& context);

}  // namespace hone::cli
