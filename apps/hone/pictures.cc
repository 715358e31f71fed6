#include "pictures.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/file.h"
#include "input_files.h"
#include "media/video.h"
#include "progress.h"
#include "standard_input.h"
#include "status_line.h"

namespace hone::cli {
namespace {

constexpr int kBarWidth = 20;

std::string progress_text(size_t done, size_t total, const std::string& name, double seconds) {
  const size_t filled = std::min(done, total) * kBarWidth / total;
  const std::string bar = cat(std::string(filled, '='), std::string(kBarWidth - filled, ' '));
  std::string text = cat("[", bar, "] ", done, " of ", total);
  if (done > 0 && done < total) {
    const double left = seconds / static_cast<double>(done) * static_cast<double>(total - done);
    text += cat("  ", human_duration(left), " left");
  }
  return cat(text, "  ", printable(name));
}

// How far the work is, on a terminal, while it goes on.
class Progress {
 public:
  explicit Progress(Console& console) : line_(console) {}

  // `total` may be 0: not known.
  void show(size_t done, size_t total, const std::string& name) {
    const std::chrono::duration<double> gone = std::chrono::steady_clock::now() - start_;
    line_.show(total == 0 ? cat(done, "  ", printable(name))
                          : progress_text(done, total, name, gone.count()));
  }
  void clear() { line_.clear(); }

 private:
  StatusLine line_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

bool begins_as_video(const std::string& path) {
  const auto file = MappedFile::open(path);
  return file && is_video(file->bytes());
}

Expected<Image> read_picture(const std::string& path, Context& context) {
  if (path != "-") return read_image(path);
  HONE_TRY(const std::string bytes, read_standard_input(kMaxImageFile, context));
  HONE_TRY_CONTEXT(Image image, decode_image(as_bytes(bytes)), "standard input");
  return image;
}

double rate_of(const VideoInfo& info, const PictureList& list) {
  return list.frames_per_second > 0 ? list.frames_per_second : info.frames_per_second;
}

Status run_video(const std::string& path, const PictureList& list, Context& context,
                 const NamedPictureWork& work) {
  HONE_TRY(const VideoInfo info, probe_video(path));
  const double rate = rate_of(info, list);
  const auto total =
      static_cast<size_t>(std::min(info.seconds * rate, static_cast<double>(kMaxVideoFrames)));
  Progress progress(context.console);
  const auto canceled = [&] { return context.interrupt.requested(); };
  return read_video(path, {.frames_per_second = rate, .canceled = canceled},
                    [&](const Image& image, int64_t number) -> Status {
                      if (canceled()) return fail(Code::canceled, "interrupted");
                      if (number % list.every != 0) return {};
                      progress.show(static_cast<size_t>(number), total, path);
                      progress.clear();
                      const double seconds = static_cast<double>(number) / rate;
                      return work({path, PictureName::Frame{number, seconds}}, image);
                    });
}

}  // namespace

std::string PictureName::text() const {
  if (path == "-") return "standard input";
  if (!frame) return printable(path, 1000);
  return cat(printable(path, 1000), " frame ", frame->number, " (", fixed(frame->seconds, 2),
             " s)");
}

Json PictureName::json() const {
  Json object = Json::object();
  object.set(frame ? "video" : "image", path);
  if (!frame) return object;
  object.set("frame", frame->number);
  object.set("time", std::round(frame->seconds * 1e6) / 1e6);
  return object;
}

bool PictureList::has_videos() const {
  return std::ranges::any_of(
      files, [](const PictureFile& file) { return file.kind == PictureFile::Kind::video; });
}

bool PictureList::several() const { return files.size() > 1 || has_videos(); }

Expected<PictureList> list_pictures(const std::vector<std::string>& pictures,
                                    const std::vector<std::string>& videos) {
  using Kind = PictureFile::Kind;
  PictureList list;
  HONE_TRY(const std::vector<std::string> seen, expand_inputs(pictures, InputKind::picture));
  HONE_TRY(const std::vector<std::string> played, expand_inputs(videos, InputKind::video));
  for (const std::string& path : seen) {
    list.files.push_back({path, begins_as_video(path) ? Kind::video : Kind::picture});
  }
  for (const std::string& path : played) list.files.push_back({path, Kind::video});
  return list;
}

Expected<double> rate_of_video(const PictureList& list) {
  HONE_TRY(const VideoInfo info, probe_video(list.files[0].path));
  return rate_of(info, list) / list.every;
}

Expected<int> for_each_picture(const PictureList& list, Context& context,
                               const NamedPictureWork& work) {
  int status = 0;
  Progress progress(context.console);
  const std::vector<PictureFile>& files = list.files;
  for (size_t i = 0; i < files.size(); ++i) {
    if (context.interrupt.requested()) return fail(Code::canceled, "interrupted");
    if (files.size() > 1) progress.show(i, files.size(), files[i].path);
    Status done;
    if (files[i].kind == PictureFile::Kind::video) {
      progress.clear();
      done = run_video(files[i].path, list, context, work);
    } else {
      Expected<Image> image = read_picture(files[i].path, context);
      progress.clear();
      done = image ? work({files[i].path}, std::move(*image))
                   : Status(std::unexpected(std::move(image).error()));
    }
    if (done) continue;
    Error error = std::move(done).error();
    if (files.size() == 1 || error.code == Code::canceled) return std::unexpected(std::move(error));
    context.console.error(error);
    if (status == 0) status = info(error.code).exit_status;
  }
  return status;
}

Expected<int> for_each_picture(const std::vector<std::string>& paths, Context& context,
                               const PictureWork& work) {
  PictureList list;
  for (const std::string& path : paths) list.files.push_back({path});
  return for_each_picture(list, context, [&](const PictureName& name, Image image) {
    return work(name.path, std::move(image));
  });
}

}  // namespace hone::cli
