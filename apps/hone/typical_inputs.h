// What a model's inputs usually hold, of what its task says: sizes that the model leaves open, and
// values that only make sense as they are, such as a rate or a state.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "open/load_program.h"
#include "tasks/task.h"

namespace hone::cli {

// By the inputs' names; inputs of which the task says nothing are left out. `seed` is of what is
// random.
Expected<std::map<std::string, Tensor>> typical_inputs(const LoadedProgram& model, const Task& task,
                                                       uint64_t seed);

// What to measure a model with: `inputs` as read_inputs takes them, and the usual for the rest.
Expected<std::vector<RunValue>> usual_inputs(const LoadedProgram& model, const ModelFiles& files,
                                             std::span<const std::string> inputs);

}  // namespace hone::cli
