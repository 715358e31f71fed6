// hone bench for models that take tensors: latency, throughput, memory, and time by step.
#pragma once

#include <string>
#include <vector>

#include "command.h"
#include "models/resolve.h"

namespace hone::cli {

struct ProgramBench {
  ModelFiles files;                 // of a model or a bundle, of which each part is measured
  std::vector<std::string> inputs;  // NAME=1x3x640x640 or NAME=FILE.npy; what is left out is random
  int repeat = 0;                   // 0: as many as fit into two seconds, at least 20
  int threads = 0;
  bool profile = false;
  std::string trace;  // a file to write it to; or empty
  bool json = false;
};

Expected<int> bench_program(const ProgramBench& bench, Context& context);

}  // namespace hone::cli
