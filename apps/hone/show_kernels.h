// hone show --kernels: by which kernel each step of a model runs on this machine, and why.
#pragma once

#include "command.h"
#include "models/resolve.h"

namespace hone::cli {

// Of a model that takes tensors; runs it once, with inputs as hone bench gives it.
Expected<int> show_kernels(const ModelFiles& files, bool json, Context& context);

}  // namespace hone::cli
