// Pictures on their way through a task: files and frames of videos, one after the other.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "command.h"
#include "media/image.h"

namespace hone::cli {

// What a picture is called: its file, and of a video which frame.
struct PictureName {
  struct Frame {
    int64_t number = 0;
    double seconds = 0;  // from the first one
  };
  std::string path;
  std::optional<Frame> frame = {};

  std::string text() const;  // "cat.jpg", "clip.mp4 frame 12 (0.48 s)"
  // An object with "image", or of a frame with "video", "frame" and "time".
  Json json() const;
};

struct PictureFile {
  enum class Kind : uint8_t { picture, video };
  std::string path;
  Kind kind = Kind::picture;
};

// What goes through, in order. Of videos every so many-th frame, and so many frames a second: 0:
// those that there are.
struct PictureList {
  std::vector<PictureFile> files;
  int every = 1;
  double frames_per_second = 0;

  // Whether there may be more than one answer.
  bool several() const;
  bool has_videos() const;
};

// Of words as in expand_inputs. Among `pictures`, files that begin as videos do are videos.
Expected<PictureList> list_pictures(const std::vector<std::string>& pictures,
                                    const std::vector<std::string>& videos);

// The frames a second of the video that a list of one video would become.
Expected<double> rate_of_video(const PictureList& list);

// Calls `work` with each picture; a status line tells how far it is. With several files an error is
// told and the others go on. The exit status: that of the first error, or 0.
using NamedPictureWork = std::function<Status(const PictureName& name, Image image)>;
Expected<int> for_each_picture(const PictureList& list, Context& context,
                               const NamedPictureWork& work);
// Of files that are all pictures.
using PictureWork = std::function<Status(const std::string& path, Image image)>;
Expected<int> for_each_picture(const std::vector<std::string>& paths, Context& context,
                               const PictureWork& work);

}  // namespace hone::cli
