// Inputs for a run whose answer nobody wants: to measure a model, or to see the memory it takes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "load_program.h"

namespace hone::cli {

// What `inputs` name (tensor_files.h), else what the model's task says is typical, else random.
Expected<std::vector<RunValue>> trial_inputs(const LoadedProgram& model, const ModelFiles& files,
                                             std::span<const std::string> inputs);

}  // namespace hone::cli
