// hone show --memory: the model is opened and run once, and what it then holds is told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "command.h"
#include "models/resolve.h"

namespace hone::cli {

struct MemoryShow {
  const ModelFiles& files;
  std::optional<uint64_t> context;         // of a language model
  const std::vector<std::string>& inputs;  // NAME=SIZES, of models that take tensors
  std::string out;                         // .svg or .html to draw it in; empty: the terminal
  bool json = false;
};

Expected<int> show_memory(const MemoryShow& show, Context& context);

}  // namespace hone::cli
