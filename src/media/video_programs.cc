#include "media/video_programs.h"

#include <filesystem>

#include "base/text.h"
#include "media/video.h"

namespace hone {
namespace {

// The first line, without the part of ffmpeg that says it: "[mov,mp4 @ 0x55d0] ".
std::string first_words(const std::string& words) {
  std::string_view line = split(trim(words), '\n').front();
  while (line.starts_with('[') && line.find("] ") != line.npos)
    line = line.substr(line.find("] ") + 2);
  return line.empty() ? "it gives no reason" : printable(line, 300);
}

}  // namespace

Status check_video_file(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!exists(status)) return std::unexpected(Error{Code::not_found, "no such file", path});
  // Of a pipe or a device nobody knows when it ends.
  if (is_regular_file(status)) return {};
  return std::unexpected(Error{Code::invalid_argument, "this is no file that holds a video", path});
}

Error video_program_error(Error error, const std::string& program, const std::string& path) {
  if (error.code == Code::not_found) {
    return {Code::unsupported,
            cat("videos need the program '", program,
                "', which is not installed; install the package 'ffmpeg' (apt install ffmpeg)"),
            {}};
  }
  return std::move(error).context(path);
}

Error unreadable_video(const std::string& words, const std::string& path) {
  if (words.find("exceeds specified max pixel count") != words.npos) {
    return {Code::limit_exceeded,
            cat("the video's pictures are too large; at most ", kMaxVideoPixels,
                " pixels (8192 x 4320) are read"),
            path};
  }
  return {Code::corrupt, cat("ffmpeg cannot read the video: ", first_words(words)), path};
}

}  // namespace hone
