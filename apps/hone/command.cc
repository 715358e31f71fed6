#include "command.h"

namespace hone::cli {
namespace {

// What a person may have wanted who typed no command: a prompt or a model comes behind 'run'.
std::string way_on(std::string_view word) {
  if (word.find(' ') != word.npos) return "'hone run \"...\"' answers a prompt";
  if (word.ends_with(".gguf")) {
    return cat("'hone run ", printable(word), " \"...\"' asks a model");
  }
  return "'hone help' lists all commands";
}

}  // namespace

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
              near ? cat("did you mean 'hone ", *near, "'?") : way_on(name)),
          {}};
}

}  // namespace hone::cli
