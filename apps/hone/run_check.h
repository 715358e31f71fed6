// Which options of hone run go with which model. What does not is refused: an option without an
// effect would leave a person to find out why.
#pragma once

#include <string>
#include <string_view>

#include "run_program.h"

namespace hone::cli {

// Of a model with a task of that kind (docs/tasks.md); of a kind that is not known nothing is
// checked.
Status check_task_options(std::string_view kind, const ProgramRunOptions& options);
// Of a bundle, which `name` is.
Status check_bundle_options(std::string_view kind, std::string_view name,
                            const ProgramRunOptions& options);
// Of a run on tensors, where `words` stand behind the model's name.
Status check_tensor_options(const ProgramRunOptions& options,
                            const std::vector<std::string>& words);
// Of a language model, whose name `model` is; empty: none is named.
Status check_language_options(std::string_view model, const ProgramRunOptions& options);

}  // namespace hone::cli
