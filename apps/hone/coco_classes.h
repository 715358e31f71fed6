// Which of a detector's classes the categories of a COCO annotation file are.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace hone::cli {

// What is known of a detector's classes.
struct DetectorClasses {
  std::vector<std::string> names;  // may be empty
  enum class Numbers : uint8_t {
    consecutive,  // as YOLO counts COCO's 80 categories
    coco_ids,     // category id - 1, with the gaps of COCO's 90 ids, as TensorFlow's SSDs count
  } numbers = Numbers::consecutive;  // of a model without names
};

struct CategoryMap {
  std::map<int64_t, int64_t> class_of;  // by the category's id
  std::string note;                     // how it was found, where that may be wrong; else empty
};

// `categories` has a name for each id, perhaps an empty one. By the names of the model's classes;
// without them by COCO's own 80 names or ids, where the categories are COCO's; else in the order of
// their ids. A category that the model does not know gets a class that nothing is.
CategoryMap map_categories(const std::map<int64_t, std::string>& categories,
                           const DetectorClasses& classes);

// COCO's ids with their names: the categories of a file that lists none.
std::map<int64_t, std::string> coco_categories();

}  // namespace hone::cli
