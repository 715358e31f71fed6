// Texts of the help, made from the commands' own descriptions.
#pragma once

#include <span>
#include <string>

#include "command.h"

namespace hone::cli {

std::string overview(std::span<const Command> commands, const Console& console);
std::string command_help(const Command& command, const Console& console);
// The table of base/error.h as people see it; in docs/cli.md as well.
std::string exit_codes_help();
// docs/cli.md.
std::string markdown_reference(std::span<const Command> commands);
// The manual page hone(1), as man(7) lays it out.
std::string manual_page(std::span<const Command> commands);

}  // namespace hone::cli
