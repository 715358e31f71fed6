// Frames of a video, decoded by the program ffmpeg, which is run beside hone.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/error.h"
#include "media/image.h"

namespace hone {

struct VideoOptions {
  std::string ffmpeg = "ffmpeg";  // looked up in PATH
  double frames_per_second = 0;   // frames are left out or repeated; 0: those that the file has
  int64_t max_frames = INT64_MAX;
};

// Calls `on_frame` with each frame, upright, and its number from 0, as they are decoded; ffmpeg
// waits meanwhile. An error from it ends the video and is returned. Only local files are read.
// Without ffmpeg videos are unsupported; what ffmpeg cannot read is corrupt, with its own words.
using FrameSink = std::function<Status(const Image& frame, int64_t number)>;
Status read_video(const std::string& path, const VideoOptions& options, const FrameSink& on_frame);

}  // namespace hone
