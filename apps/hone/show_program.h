// hone show for models that take tensors.
#pragma once

#include <string>

#include "command.h"
#include "models/resolve.h"

namespace hone::cli {

struct ProgramShow {
  ModelFiles files;
  std::string title;     // as the catalogue calls it; may be empty
  bool tensors = false;  // list the constants
  bool plan = false;     // the program as text: plans, steps, what runs on the host
  bool json = false;
};

Expected<int> show_program(const ProgramShow& show, Context& context);

}  // namespace hone::cli
