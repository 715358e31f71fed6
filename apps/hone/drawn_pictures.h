// Where drawn pictures go: a picture, a folder of them, or a video.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "media/video.h"
#include "pictures.h"

namespace hone::cli {

class DrawnPictures {
 public:
  // `out` names a picture if one goes through, a video if that is one, or a folder; empty: nothing
  // is wanted. What goes in is never written over. Names in a folder get that ending; of masks,
  // which are .png, no video is made.
  static Expected<DrawnPictures> create(const std::string& out, const PictureList& list,
                                        std::string_view ending = ".jpg");
  bool wanted() const { return !out_.empty(); }
  Status write(const PictureName& name, const Image& image);
  Status write(const PictureName& name, const GrayImage& image);  // of an ending .png
  // After the last one.
  Status finish();

 private:
  std::string path_for(const PictureName& name);
  std::string path_in_folder(const PictureName& name);

  std::string out_;
  std::string ending_;
  enum class Target : uint8_t { file, folder, video } target_ = Target::file;
  std::optional<VideoWriter> video_;
  std::set<std::string> used_;
};

}  // namespace hone::cli
