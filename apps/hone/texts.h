// The texts that a task works on.
#pragma once

#include <string>
#include <vector>

#include "run_tasks.h"

namespace hone::cli {

// The words behind the model; without them the lines of standard input that are not empty.
Expected<std::vector<std::string>> texts_of(const TaskRun& with);

}  // namespace hone::cli
