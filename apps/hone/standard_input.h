// What comes in on standard input.
#pragma once

#include <cstdint>
#include <string>

#include "command.h"

namespace hone::cli {

// Everything up to the end; refuses more than `limit` bytes with limit_exceeded. Ctrl-C is an error
// of code canceled. If for two seconds nothing comes and nobody types, stderr tells what is waited
// for.
Expected<std::string> read_standard_input(uint64_t limit, Context& context);

// What accompanies a prompt that is given in words: as above, but nothing from a terminal or where
// standard input is closed.
Expected<std::string> read_piped_input(uint64_t limit, Context& context);

// What has come since, as soon as there is something; empty at the end. Ctrl-C is an error of code
// canceled.
Expected<std::string> read_next_input(Context& context);

}  // namespace hone::cli
