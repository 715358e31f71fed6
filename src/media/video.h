// Frames of a video, decoded by the program ffmpeg, which is run beside hone; and videos of frames.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/process.h"
#include "media/image.h"

namespace hone {

// Limits of what is decoded: frames of 8192 x 4320, and 18 hours of them at 30 a second.
inline constexpr int64_t kMaxVideoPixels = int64_t{8192} * 4320;
inline constexpr int64_t kMaxVideoFrames = 2'000'000;

// Where the programs are looked up: names in PATH, or paths.
struct VideoPrograms {
  std::string ffmpeg = "ffmpeg";
  std::string ffprobe = "ffprobe";
};

// What a video says of itself.
struct VideoInfo {
  double frames_per_second = 0;  // where they come unevenly, about
  double seconds = 0;            // 0: not known
};

// Without ffprobe (which comes with ffmpeg) videos are unsupported; what it cannot read, or what
// has no pictures, is corrupt.
Expected<VideoInfo> probe_video(const std::string& path, const VideoPrograms& programs = {});

struct VideoOptions {
  VideoPrograms programs = {};
  double frames_per_second = 0;  // frames are left out or repeated; 0: those that the file has
  int64_t max_frames = INT64_MAX;
  std::function<bool()> canceled = {};  // asked several times a second
};

// Calls `on_frame` with each frame, upright, and its number from 0, as they are decoded; ffmpeg
// waits meanwhile. An error from it ends the video and is returned. Only local files are read.
// Without ffmpeg videos are unsupported; what ffmpeg cannot read is corrupt, with its own words,
// and so is what keeps it silent for a minute.
using FrameSink = std::function<Status(const Image& frame, int64_t number)>;
Status read_video(const std::string& path, const VideoOptions& options, const FrameSink& on_frame);

// By the first bytes: MP4, QuickTime, Matroska, WebM, AVI, FLV, MPEG, GIF.
bool is_video(Bytes file);
// By the end of the name, in any case: what a video is written as.
bool is_video_name(std::string_view path);

// Frames become a video of the kind that the name's end says, without sound. It has that name from
// finish() on; before, and without it, there is a file "NAME.part.END", which goes with this. Move
// only.
class VideoWriter {
 public:
  static Expected<VideoWriter> create(const std::string& path, double frames_per_second,
                                      const VideoPrograms& programs = {});
  VideoWriter(VideoWriter&& other) noexcept;
  VideoWriter& operator=(VideoWriter&&) = delete;
  ~VideoWriter();

  // All of the size of the first one.
  Status write(const Image& frame);
  Status finish();

 private:
  VideoWriter(std::string path, double frames_per_second, VideoPrograms programs);
  Status start(const Image& frame);

  std::string path_;
  std::string part_;
  double frames_per_second_;
  VideoPrograms programs_;
  std::optional<ProcessInput> process_;
  int width_ = 0;
  int height_ = 0;
};

}  // namespace hone
