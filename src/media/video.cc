#include "media/video.h"

#include <algorithm>
#include <cstring>

#include "media/image_codecs.h"
#include "media/video_programs.h"

namespace hone {
namespace {

constexpr size_t kMaxHeader = 64;

// Cuts a row of PPM pictures, which come in pieces, into frames.
class FrameCutter {
 public:
  FrameCutter(const VideoOptions& options, const FrameSink& on_frame)
      : options_(options), on_frame_(on_frame) {}

  Status push(Bytes bytes) {
    while (!bytes.empty() && !enough()) {
      if (frame_.rgb.empty()) {
        HONE_RETURN_IF_ERROR(read_header(bytes));
      } else {
        HONE_RETURN_IF_ERROR(read_pixels(bytes));
      }
    }
    return enough() ? fail(Code::canceled, "enough frames") : Status{};
  }
  bool enough() const { return number_ >= options_.max_frames; }
  bool is_between_frames() const { return header_.empty() && frame_.rgb.empty(); }

 private:
  // "P6\n640 480\n255\n", as ffmpeg writes it; takes what it uses.
  Status read_header(Bytes& bytes) {
    while (!bytes.empty() && header_.size() < kMaxHeader) {
      header_ += static_cast<char>(bytes[0]);
      bytes = bytes.subspan(1);
      if (std::ranges::count(header_, '\n') == 3) return begin_frame();
    }
    if (header_.size() < kMaxHeader) return {};
    return fail(Code::corrupt, "ffmpeg gave something that is no picture");
  }

  Status begin_frame() {
    const std::vector<std::string_view> lines = split(header_, '\n');
    const std::vector<std::string_view> sizes = split(lines[1], ' ');
    const auto width = parse_int(sizes[0]);
    const auto height = parse_int(sizes.back());
    if (lines[0] != "P6" || lines[2] != "255" || sizes.size() != 2 || !width || !height) {
      return fail(Code::corrupt, "ffmpeg gave something that is no picture");
    }
    header_.clear();
    if (*width != frame_.width || *height != frame_.height || spare_.empty()) {
      HONE_TRY(frame_, allocate_image(*width, *height, {.pixels = kMaxVideoPixels}));
    } else {
      frame_.rgb.swap(spare_);
    }
    filled_ = 0;
    return {};
  }

  Status read_pixels(Bytes& bytes) {
    const size_t take = std::min(bytes.size(), frame_.rgb.size() - filled_);
    std::memcpy(frame_.rgb.data() + filled_, bytes.data(), take);
    bytes = bytes.subspan(take);
    filled_ += take;
    if (filled_ < frame_.rgb.size()) return {};
    if (number_ == kMaxVideoFrames) {
      return fail(Code::limit_exceeded, "the video has more than ", kMaxVideoFrames,
                  " frames; cut it into parts");
    }
    HONE_RETURN_IF_ERROR(on_frame_(frame_, number_++));
    frame_.rgb.swap(spare_);
    frame_.rgb.clear();
    return {};
  }

  const VideoOptions& options_;
  const FrameSink& on_frame_;
  std::string header_;
  Image frame_;                 // no pixels: a header comes
  std::vector<uint8_t> spare_;  // of the frame before
  size_t filled_ = 0;
  int64_t number_ = 0;
};

std::vector<std::string> ffmpeg_arguments(const std::string& path, const VideoOptions& options) {
  // "file:" and the list keep names and playlists from reaching the network.
  std::vector<std::string> arguments = {options.programs.ffmpeg,
                                        "-nostdin",
                                        "-hide_banner",
                                        "-loglevel",
                                        "error",
                                        "-protocol_whitelist",
                                        "file",
                                        "-max_pixels",
                                        cat(kMaxVideoPixels),
                                        "-i",
                                        "file:" + path,
                                        "-an",
                                        "-sn",
                                        "-dn"};
  if (options.frames_per_second > 0) {
    arguments.insert(arguments.end(), {"-vf", cat("fps=", options.frames_per_second)});
  }
  arguments.insert(arguments.end(),
                   {"-f", "image2pipe", "-c:v", "ppm", "-pix_fmt", "rgb24", "pipe:1"});
  return arguments;
}

// Ends the program when nobody wants it any more, or when it gives nothing for too long.
class Watch {
 public:
  explicit Watch(const VideoOptions& options) : options_(options) {}

  void heard() { last_ = Clock::now(); }
  Status look() const {
    if (options_.canceled && options_.canceled()) return fail(Code::canceled, "interrupted");
    if (Clock::now() - last_ < kVideoSilence) return {};
    return fail(Code::corrupt, "ffmpeg gave no frame for ", kVideoSilence.count(),
                " seconds and was stopped");
  }

 private:
  using Clock = std::chrono::steady_clock;

  const VideoOptions& options_;
  Clock::time_point last_ = Clock::now();
};

}  // namespace

Status read_video(const std::string& path, const VideoOptions& options, const FrameSink& on_frame) {
  HONE_RETURN_IF_ERROR(check_video_file(path));
  FrameCutter cutter(options, on_frame);
  Watch watch(options);
  Command command{.argv = ffmpeg_arguments(path, options)};
  command.on_output = [&](Bytes bytes) {
    Status status = cutter.push(bytes);
    watch.heard();
    return status;
  };
  command.on_tick = [&] { return watch.look(); };
  const auto result = run_process(command);
  if (cutter.enough()) return {};
  if (!result) {
    return std::unexpected(video_program_error(result.error(), options.programs.ffmpeg, path));
  }
  if (result->exit_status != 0 || !cutter.is_between_frames()) {
    return std::unexpected(unreadable_video(result->errors, path));
  }
  return {};
}

}  // namespace hone
