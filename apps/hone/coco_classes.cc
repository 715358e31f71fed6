#include "coco_classes.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "eval_truth.h"

namespace hone::cli {
namespace {

constexpr int64_t kUnknownClass = int64_t{1} << 32;
constexpr size_t kNamed = 5;  // unknown categories that a note names

// By id from 1; "": ids that COCO has never used (instances_val2017.json).
constexpr std::string_view kCoco[] = {"person",
                                      "bicycle",
                                      "car",
                                      "motorcycle",
                                      "airplane",
                                      "bus",
                                      "train",
                                      "truck",
                                      "boat",
                                      "traffic light",
                                      "fire hydrant",
                                      "",
                                      "stop sign",
                                      "parking meter",
                                      "bench",
                                      "bird",
                                      "cat",
                                      "dog",
                                      "horse",
                                      "sheep",
                                      "cow",
                                      "elephant",
                                      "bear",
                                      "zebra",
                                      "giraffe",
                                      "",
                                      "backpack",
                                      "umbrella",
                                      "",
                                      "",
                                      "handbag",
                                      "tie",
                                      "suitcase",
                                      "frisbee",
                                      "skis",
                                      "snowboard",
                                      "sports ball",
                                      "kite",
                                      "baseball bat",
                                      "baseball glove",
                                      "skateboard",
                                      "surfboard",
                                      "tennis racket",
                                      "bottle",
                                      "",
                                      "wine glass",
                                      "cup",
                                      "fork",
                                      "knife",
                                      "spoon",
                                      "bowl",
                                      "banana",
                                      "apple",
                                      "sandwich",
                                      "orange",
                                      "broccoli",
                                      "carrot",
                                      "hot dog",
                                      "pizza",
                                      "donut",
                                      "cake",
                                      "chair",
                                      "couch",
                                      "potted plant",
                                      "bed",
                                      "",
                                      "dining table",
                                      "",
                                      "",
                                      "toilet",
                                      "",
                                      "tv",
                                      "laptop",
                                      "mouse",
                                      "remote",
                                      "keyboard",
                                      "cell phone",
                                      "microwave",
                                      "oven",
                                      "toaster",
                                      "sink",
                                      "refrigerator",
                                      "",
                                      "book",
                                      "clock",
                                      "vase",
                                      "scissors",
                                      "teddy bear",
                                      "hair drier",
                                      "toothbrush"};

// As YOLO counts them: the ids without the gaps.
std::vector<std::string> consecutive_names() {
  std::vector<std::string> names;
  for (const std::string_view name : kCoco) {
    if (!name.empty()) names.emplace_back(name);
  }
  return names;
}

using Categories = std::map<int64_t, std::string>;

std::optional<int64_t> class_named(const std::string& name, const std::vector<std::string>& names) {
  return parse_int(trim(name)) ? std::nullopt : class_of(name, names, 0);
}

bool are_cocos(const Categories& categories, const std::vector<std::string>& names) {
  return std::ranges::all_of(
      categories, [&](const auto& one) { return class_named(one.second, names).has_value(); });
}

CategoryMap by_name(const Categories& categories, const std::vector<std::string>& names) {
  CategoryMap made;
  std::vector<std::string> unknown;
  for (const auto& [id, name] : categories) {
    const auto known = class_named(name, names);
    if (!known) unknown.push_back(name);
    made.class_of[id] = known.value_or(kUnknownClass + id);
  }
  if (unknown.empty()) return made;
  made.note = cat(unknown.size(), " of the ", categories.size(),
                  " categories are none of the model's classes, so that their boxes count as "
                  "missed: ");
  const size_t more = unknown.size() > kNamed ? unknown.size() - kNamed : 0;
  unknown.resize(unknown.size() - more);
  made.note += cat(printable(join(unknown, ", ")), more > 0 ? cat(" and ", more, " more") : "");
  return made;
}

CategoryMap by_order(const Categories& categories, std::string_view why) {
  CategoryMap made;
  for (const auto& [id, name] : categories) {
    const auto rank = static_cast<int64_t>(made.class_of.size());
    made.class_of[id] = rank;
  }
  made.note = cat(why,
                  ", so that the categories are taken for its classes in the order of their ids; "
                  "if mAP looks wrong, name the classes with --names FILE");
  return made;
}

}  // namespace

CategoryMap map_categories(const Categories& categories, const DetectorClasses& classes) {
  if (!classes.names.empty()) {
    const bool any = std::ranges::any_of(categories, [&](const auto& one) {
      return class_named(one.second, classes.names).has_value();
    });
    if (any) return by_name(categories, classes.names);
    return by_order(categories, "none of the categories is a name of the model's classes");
  }
  const std::vector<std::string> coco = consecutive_names();
  if (!are_cocos(categories, coco)) {
    return by_order(categories, "the model does not name its classes");
  }
  const bool ids = classes.numbers == DetectorClasses::Numbers::coco_ids;
  CategoryMap made = by_name(
      categories, ids ? std::vector<std::string>(std::begin(kCoco), std::end(kCoco)) : coco);
  made.note = cat("the model does not name its classes; they are taken for COCO's ",
                  ids ? "90 ids from 0" : "80 in their order",
                  "; if mAP looks wrong, name them with --names FILE");
  return made;
}

Categories coco_categories() {
  Categories made;
  for (size_t i = 0; i < std::size(kCoco); ++i) {
    if (!kCoco[i].empty()) made[static_cast<int64_t>(i) + 1] = kCoco[i];
  }
  return made;
}

}  // namespace hone::cli
