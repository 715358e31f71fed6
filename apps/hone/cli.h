// Turns arguments into option values. The one door to CLI11, whose header costs 5 s a unit.
#pragma once

#include <span>
#include <string>

#include "base/error.h"
#include "option.h"

namespace hone::cli {

enum class Request { run, help };

// Assigns every option found in `arguments` (the words after the command's name). An unknown
// option, a value that does not fit and a missing word are errors that name the nearest known
// option. -h or --help anywhere gives Request::help, whatever else is wrong.
Expected<Request> parse_arguments(std::span<const Option> options,
                                  std::span<const std::string> arguments);

// Assigns one value to one option, its range and choices checked. Errors are about the value alone.
Status assign_checked(const Option& option, std::string_view value);

}  // namespace hone::cli
