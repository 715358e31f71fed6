// What pictures really show: labels and boxes from the files people keep them in.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "coco_classes.h"
#include "tasks/metrics.h"

namespace hone::cli {

// Picture names and labels: lines of "NAME LABEL", CSV, a JSON object of NAME: LABEL, or a list of
// objects with "image" and "label". Labels are numbers or names of classes.
Expected<std::map<std::string, std::string>> parse_picture_labels(const std::string& text);

struct LabeledPicture {
  std::string path;
  std::string label;
  std::optional<int64_t> folder;  // of a folder a class: which one, by name
};
// The pictures of a folder that the file labels; without a file those of its folders, one a class.
struct LabeledPictures {
  std::vector<LabeledPicture> pictures;
  size_t unlabeled = 0;  // pictures that the file does not name
};
Expected<LabeledPictures> find_labeled_pictures(const std::string& folder,
                                                const std::string& labels_file);

// The class that a label means: a number, plus `shift`, or a name among `names`, of which any of
// several between commas counts. Nothing if it is neither.
std::optional<int64_t> class_of(std::string_view label, std::span<const std::string> names,
                                int64_t shift);

// True boxes. Those of YOLO's files are parts of the picture's size until it is known.
struct PictureBoxes {
  std::string path;
  enum class Units : uint8_t { pixels, normalized } units = Units::pixels;
  std::vector<ScoredBox> boxes;  // picture is not set
};
struct TrueBoxes {
  std::vector<PictureBoxes> pictures;
  std::string note;  // what was taken for granted, and may be wrong; or empty
};
// Of a COCO annotation file, or a folder of YOLO's .txt files, one a picture; "": beside the
// pictures. coco_classes.h tells which classes COCO's categories are.
Expected<TrueBoxes> find_picture_boxes(const std::string& folder, const std::string& labels,
                                       const DetectorClasses& classes);

Expected<TrueBoxes> parse_coco(const std::string& text, const DetectorClasses& classes);
// Lines of a class and a center and size, or a class and a polygon.
Expected<std::vector<ScoredBox>> parse_yolo(std::string_view text);

}  // namespace hone::cli
