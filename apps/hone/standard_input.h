// What comes in on standard input.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"

namespace hone::cli {

// Everything up to the end; refuses more than `limit` bytes with limit_exceeded.
Expected<std::string> read_standard_input(uint64_t limit);

}  // namespace hone::cli
