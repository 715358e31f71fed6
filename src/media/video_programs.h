// What the readers and writers of videos share; private to media.
#pragma once

#include <chrono>
#include <string>

#include "base/error.h"

namespace hone {

// So long a program may give nothing before it is taken for stuck.
inline constexpr std::chrono::seconds kVideoSilence{60};

Status check_video_file(const std::string& path);
// What a program's start or run said, as people should hear it.
Error video_program_error(Error error, const std::string& program, const std::string& path);
// Of the program's standard error.
Error unreadable_video(const std::string& words, const std::string& path);

}  // namespace hone
