#include "drawn_pictures.h"

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "model_access.h"

namespace hone::cli {
namespace {

namespace fs = std::filesystem;

Status refuse_overwriting(const std::string& out, const PictureList& list) {
  const bool overwrites = std::ranges::any_of(
      list.files, [&](const PictureFile& file) { return is_same_file(out, file.path); });
  if (!overwrites) return {};
  return fail(Code::invalid_argument, printable(out, 1000),
              ": is what goes in, and would be written over; name another file or folder");
}

bool is_folder(const std::string& out) {
  std::error_code error;
  return fs::is_directory(out, error) || out.ends_with('/');
}

// "000012": so that frames lie in order.
std::string frame_text(int64_t number) {
  const std::string digits = cat(number);
  return digits.size() < 6 ? std::string(6 - digits.size(), '0') + digits : digits;
}

}  // namespace

Expected<DrawnPictures> DrawnPictures::create(const std::string& out, const PictureList& list,
                                              std::string_view ending) {
  DrawnPictures made;
  made.ending_ = ending;
  made.out_ = out;
  if (out.empty()) return made;
  HONE_RETURN_IF_ERROR(refuse_overwriting(out, list));
  const auto format = image_format_of(out);
  if (!is_folder(out) && is_video_name(out) && ending != ".png") {
    if (list.files.size() != 1 || !list.has_videos()) {
      return fail(Code::invalid_argument, printable(out, 1000),
                  ": a video is made of one video; name a picture or a folder");
    }
    made.target_ = Target::video;
    HONE_TRY(const double rate, rate_of_video(list));
    HONE_TRY(VideoWriter video, VideoWriter::create(out, rate));
    made.video_.emplace(std::move(video));
    return made;
  }
  if (!is_folder(out) && !list.several()) {
    HONE_RETURN_IF_ERROR(format);
    return made;
  }
  if (!is_folder(out) && format) {
    return fail(Code::invalid_argument, printable(out, 1000), ": is one picture's name, and ",
                list.has_videos() ? "a video is many" : cat("there are ", list.files.size()),
                "; name a folder",
                list.has_videos() && ending != ".png" ? " or a video (.mp4)" : "");
  }
  made.target_ = Target::folder;
  std::error_code error;
  fs::create_directories(out, error);
  if (error) return fail(Code::io, out, ": cannot be made a folder: ", error.message());
  for (const PictureFile& file : list.files) {
    if (file.kind == PictureFile::Kind::video) continue;
    HONE_RETURN_IF_ERROR(refuse_overwriting(made.path_in_folder({file.path}), list));
  }
  made.used_.clear();
  return made;
}

std::string DrawnPictures::path_in_folder(const PictureName& name) {
  std::string stem = name.path == "-" ? "stdin" : fs::path(name.path).stem().string();
  if (name.frame) stem += cat("-", frame_text(name.frame->number));
  std::string free = stem;
  for (int i = 2; !used_.insert(free).second; ++i) free = cat(stem, "-", i);
  return (fs::path(out_) / (free + ending_)).string();
}

std::string DrawnPictures::path_for(const PictureName& name) {
  return target_ == Target::file ? out_ : path_in_folder(name);
}

Status DrawnPictures::write(const PictureName& name, const Image& image) {
  if (target_ == Target::video) return video_->write(image);
  return write_image(path_for(name), image);
}

Status DrawnPictures::write(const PictureName& name, const GrayImage& image) {
  return write_gray_png(path_for(name), image);
}

Status DrawnPictures::finish() { return video_ ? video_->finish() : Status(); }

}  // namespace hone::cli
