// What a model's inputs usually hold, of what its task says: sizes that the model leaves open, and
// values that only make sense as they are, such as a rate or a state.
#pragma once

#include <map>
#include <string>

#include "load_program.h"
#include "tasks/task.h"

namespace hone::cli {

// By the inputs' names; inputs of which the task says nothing are left out. `seed` is of what is
// random.
Expected<std::map<std::string, Tensor>> typical_inputs(const LoadedProgram& model, const Task& task,
                                                       uint64_t seed);

}  // namespace hone::cli
