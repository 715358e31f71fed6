// hone show for engines.
#pragma once

#include "command.h"
#include "models/resolve.h"

namespace hone::cli {

struct EngineShow {
  const ModelFiles& files;
  bool tensors = false;  // list the weights
  bool plan = false;     // the plan or program as text, and nothing else
  bool json = false;
};

Expected<int> show_engine(const EngineShow& show, Context& context);

}  // namespace hone::cli
