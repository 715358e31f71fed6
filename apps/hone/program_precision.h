// choose_precision of a model that takes tensors, by running it on samples.
#pragma once

#include <string>

#include "choose_precision.h"
#include "command.h"
#include "models/resolve.h"
#include "passes/precision.h"

namespace hone::cli {

struct PrecisionRequest {
  std::vector<Precision> precisions = {};  // to choose from, as PrecisionOptions has them
  double max_error = 0;                    // noise in an output, as a share of the signal
  double seconds = 0;                      // to compare speeds for; 0: they are not compared
  std::string samples;                     // as program_samples takes it
  int threads = 0;
  std::vector<std::string> skip_passes = {};
};

struct ProgramPrecision {
  std::vector<Precision> precisions;  // that were to choose from
  PrecisionChoice choice;
  passes::PrecisionWish wish;  // what follows from it
  size_t samples = 0;
  double max_error = 0;
};

// Of a file that is no engine, with a line on the terminal that tells how far it is.
Expected<ProgramPrecision> choose_program_precision(const ModelFiles& files,
                                                    const PrecisionRequest& request,
                                                    Context& context);

// "bf16: 41 of 53 layers; adds 0.37 % of noise to the outputs at most (bound 2 %, 4 samples)"
// "bf16: 36, winograd: 5 of 53 layers; ..."
std::string precision_text(const ProgramPrecision& made);
Json precision_json(const ProgramPrecision& made);

}  // namespace hone::cli
