#include "command.h"

namespace hone::cli {

const Command* find_command(std::span<const Command> commands, std::string_view name) {
  for (const Command& command : commands) {
    if (command.text.name == name) return &command;
  }
  return nullptr;
}

Error unknown_command(std::span<const Command> commands, std::string_view name) {
  std::vector<std::string> names;
  for (const Command& command : commands) names.emplace_back(command.text.name);
  const auto near = did_you_mean(name, names);
  return {Code::invalid_argument,
          cat("unknown command '", printable(name), "'; ",
              near ? cat("did you mean 'hone ", *near, "'?") : "'hone help' lists all commands"),
          {}};
}

}  // namespace hone::cli
