// The inputs of golden samples: generated, or from a folder.
#pragma once

#include <string>

#include "golden_run.h"

namespace hone::cli {

// Whether a wish can be one: a number that is allowed, or a folder that is there.
Status check_golden_wish(const std::string& wish);

// Of an engine. `wish` is a number of samples to generate, or a folder: of pictures where the task
// takes them, of .npy files for a model with one input, of texts (.txt) for a language model; or of
// folders, one a sample, with NAME.npy for each input and, if outputs are given too, out/NAME.npy
// for each output, as 'hone run --output-dir' writes them.
Expected<GoldenSet> golden_samples(const std::string& wish, const ModelFiles& files, int threads);
// The same of a source file, too, of a model that takes tensors.
Expected<GoldenSet> program_samples(const std::string& wish, const ModelFiles& files, int threads);

}  // namespace hone::cli
