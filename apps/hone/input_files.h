// The files that words on the command line mean.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

namespace hone::cli {

// A file itself, every picture, sound or video in a folder, or what a pattern fits, by name: * and
// ? in any part of it, and ** for any folders ("a/**/b*.jpg"). A pattern that fits nothing is an
// error.
enum class InputKind : uint8_t { picture, sound, video };
Expected<std::vector<std::string>> expand_inputs(const std::vector<std::string>& words,
                                                 InputKind kind);

}  // namespace hone::cli
