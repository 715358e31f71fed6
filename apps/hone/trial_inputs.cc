#include "trial_inputs.h"

#include "task_files.h"
#include "tensor_files.h"
#include "typical_inputs.h"

namespace hone::cli {

Expected<std::vector<RunValue>> trial_inputs(const LoadedProgram& model, const ModelFiles& files,
                                             std::span<const std::string> inputs) {
  RandomInputs rest{.random = true};
  HONE_TRY(const Task task, find_task(files, {.task = {}, .labels = {}, .threshold = {}}, model));
  HONE_TRY(rest.typical, typical_inputs(model, task, rest.seed));
  return read_inputs(model, inputs, rest);
}

}  // namespace hone::cli
