#include <filesystem>

#include "base/output_file.h"
#include "base/text.h"
#include "media/video.h"
#include "media/video_programs.h"

namespace hone {
namespace {

std::string end_of(const std::string& path) {
  return std::filesystem::path(path).extension().string();
}

std::vector<std::string> encoder_arguments(const std::string& ffmpeg, const std::string& to,
                                           const Image& frame, double frames_per_second) {
  std::vector<std::string> arguments = {ffmpeg,         "-nostdin",
                                        "-hide_banner", "-loglevel",
                                        "error",        "-y",
                                        "-f",           "rawvideo",
                                        "-pix_fmt",     "rgb24",
                                        "-s",           cat(frame.width, "x", frame.height),
                                        "-r",           cat(frames_per_second),
                                        "-i",           "pipe:0"};
  if (end_of(to) != ".gif") {
    // What players can show: half the colors each way, and therefore even sides.
    arguments.insert(arguments.end(),
                     {"-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p"});
  }
  arguments.push_back("file:" + to);
  return arguments;
}

}  // namespace

VideoWriter::VideoWriter(std::string path, double frames_per_second, VideoPrograms programs)
    : path_(std::move(path)),
      frames_per_second_(frames_per_second),
      programs_(std::move(programs)) {
  const std::string end = end_of(path_);
  part_ = cat(path_.substr(0, path_.size() - end.size()), ".part", end);
}

VideoWriter::VideoWriter(VideoWriter&& other) noexcept = default;

VideoWriter::~VideoWriter() {
  if (!process_) return;
  process_.reset();
  std::error_code ignored;
  std::filesystem::remove(part_, ignored);
}

Expected<VideoWriter> VideoWriter::create(const std::string& path, double frames_per_second,
                                          const VideoPrograms& programs) {
  if (!is_video_name(path)) {
    return fail(Code::invalid_argument,
                "videos are written as .mp4, .mov, .mkv, .webm, .avi or .gif, not as '",
                printable(path), "'");
  }
  return VideoWriter(path, frames_per_second, programs);
}

Status VideoWriter::start(const Image& frame) {
  width_ = frame.width;
  height_ = frame.height;
  auto started =
      ProcessInput::start(encoder_arguments(programs_.ffmpeg, part_, frame, frames_per_second_));
  if (!started) {
    return std::unexpected(video_program_error(started.error(), programs_.ffmpeg, path_));
  }
  process_.emplace(std::move(*started));
  return {};
}

Status VideoWriter::write(const Image& frame) {
  if (!process_) HONE_RETURN_IF_ERROR(start(frame));
  if (frame.width != width_ || frame.height != height_) {
    return fail(Code::unsupported, path_, ": a frame has ", frame.width, " x ", frame.height,
                " pixels, and those before it ", width_, " x ", height_,
                "; name a folder instead of a video");
  }
  Status written = process_->write(std::as_bytes(std::span(frame.rgb)));
  if (!written) return std::unexpected(std::move(written).error().context(path_));
  return {};
}

Status VideoWriter::finish() {
  if (!process_) return fail(Code::invalid_argument, path_, ": there is no frame to write");
  HONE_TRY(const ProcessResult result, process_->finish());
  if (result.exit_status != 0) {
    return fail(Code::io, path_, ": ffmpeg cannot write the video: ",
                printable(split(trim(result.errors), '\n').back(), 300));
  }
  HONE_RETURN_IF_ERROR(move_into_place(part_, path_));
  process_.reset();
  return {};
}

}  // namespace hone
