#include "media/video.h"

#include <algorithm>
#include <cstring>

#include "base/file.h"
#include "base/process.h"
#include "media/image_codecs.h"

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
      HONE_TRY(frame_, allocate_image(*width, *height, {}));
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
  std::vector<std::string> arguments = {
      options.ffmpeg, "-nostdin", "-hide_banner", "-loglevel", "error", "-protocol_whitelist",
      "file",         "-i",       "file:" + path, "-an",       "-sn",   "-dn"};
  if (options.frames_per_second > 0) {
    arguments.insert(arguments.end(), {"-vf", cat("fps=", options.frames_per_second)});
  }
  arguments.insert(arguments.end(),
                   {"-f", "image2pipe", "-c:v", "ppm", "-pix_fmt", "rgb24", "pipe:1"});
  return arguments;
}

}  // namespace

Status read_video(const std::string& path, const VideoOptions& options, const FrameSink& on_frame) {
  if (!file_exists(path)) {
    return std::unexpected(Error{Code::not_found, "no such file", path});
  }
  FrameCutter cutter(options, on_frame);
  Command command{.argv = ffmpeg_arguments(path, options)};
  command.on_output = [&](Bytes bytes) { return cutter.push(bytes); };
  const auto result = run_process(command);
  if (cutter.enough()) return {};
  if (!result && result.error().code == Code::not_found) {
    return fail(Code::unsupported, "videos need the program '", options.ffmpeg,
                "', which is not installed; install the package 'ffmpeg'");
  }
  if (!result) return std::unexpected(result.error());
  if (result->exit_status != 0 || !cutter.is_between_frames()) {
    const std::string words = printable(split(trim(result->errors), '\n').front());
    return std::unexpected(
        Error{Code::corrupt, cat("ffmpeg cannot read the video: ", words), path});
  }
  return {};
}

}  // namespace hone
