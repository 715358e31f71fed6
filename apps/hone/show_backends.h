// hone show --backend: which step of a model runs where, and why not elsewhere.
#pragma once

#include <span>

#include "command.h"
#include "models/resolve.h"
#include "open/load_program.h"

namespace hone::cli {

// Of a model that takes tensors: a line a step. Nothing runs; subgraphs are compiled.
Expected<int> show_backends(const ModelFiles& files, bool json, Context& context);

// Notes what back ends failed to do, so that it runs on the CPU.
void tell_fallbacks(const LoadedProgram& model, Console& console);

}  // namespace hone::cli
