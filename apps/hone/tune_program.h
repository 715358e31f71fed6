// Tuning a model that takes tensors, for the commands that do it.
#pragma once

#include <string>
#include <vector>

#include "command.h"
#include "models/resolve.h"
#include "passes/precision.h"
#include "runtime/tune.h"

namespace hone::cli {

struct TuneRequest {
  double seconds = 10;
  int threads = 0;  // 0: as many as there are processors
  passes::PrecisionWish precision = {};
  std::span<const std::string> inputs;        // as read_inputs takes them; the rest is as usual
  const Tuning* known = nullptr;              // steps that are not measured again; may be null
  std::vector<std::string> skip_passes = {};  // of the compiler
};

struct TunedProgram {
  Tuned tuned;
  Sha256Digest digest;  // of the program (engine/tuning_file.h)
};

// Measures on this machine, with a line on the terminal that tells how far it is.
Expected<TunedProgram> tune_program(const ModelFiles& files, const TuneRequest& request,
                                    Context& context);

// "tuned 41 of 53 steps, 12 kept another kernel, 8.3 % faster (4.61 to 4.23 ms)"
std::string tune_text(const TuneReport& report);

}  // namespace hone::cli
