#include "eval_truth.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <set>

#include "base/file.h"
#include "base/json.h"
#include "coco_classes.h"
#include "input_files.h"
#include "task_files.h"

namespace hone::cli {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxTruthFile = uint64_t{1} << 30;
constexpr int64_t kMaxClass = 1 << 24;

std::string lower(std::string_view text) {
  std::string made(trim(text));
  std::ranges::transform(made, made.begin(), [](unsigned char c) {
    return static_cast<char>(c < 128 ? std::tolower(c) : c);
  });
  return made;
}

std::string_view unquoted(std::string_view text) {
  text = trim(text);
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

using Labels = std::map<std::string, std::string>;

std::optional<std::string> label_text(const Json* value) {
  if (value == nullptr) return {};
  if (value->as_string() != nullptr) return *value->as_string();
  if (const auto number = value->as_int()) return cat(*number);
  return {};
}

Expected<Labels> labels_of_json(const Json& json) {
  Labels labels;
  if (json.as_object() != nullptr) {
    for (const auto& [name, value] : *json.as_object()) {
      const auto label = label_text(&value);
      if (!label)
        return fail(Code::corrupt, "the label of '", printable(name), "' is no text or integer");
      labels[name] = *label;
    }
    return labels;
  }
  if (json.as_array() == nullptr) return fail(Code::corrupt, "holds no labels");
  for (const Json& item : *json.as_array()) {
    const auto name = label_text(item.find("image")), label = label_text(item.find("label"));
    if (!name || !label) {
      return fail(Code::corrupt, "each item of the list needs an \"image\" and a \"label\"");
    }
    labels[*name] = *label;
  }
  return labels;
}

Labels labels_of_lines(std::string_view text) {
  Labels labels;
  for (std::string_view line : split(text, '\n')) {
    line = trim(line);
    size_t cut = line.find('\t');
    if (cut == line.npos) cut = line.find_first_of(", ");
    if (cut == line.npos) continue;
    labels[std::string(unquoted(line.substr(0, cut)))] = unquoted(line.substr(cut + 1));
  }
  return labels;
}

Expected<std::vector<std::string>> class_folders(const std::string& folder) {
  std::vector<std::string> folders;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code broken;  // a link that leads nowhere, or in a circle, is no folder
    if (at->is_directory(broken)) folders.push_back(at->path().string());
  }
  if (error) return fail(Code::io, folder, ": cannot be listed: ", error.message());
  std::ranges::sort(folders);
  if (folders.empty()) {
    return fail(Code::not_found, folder,
                ": has no folders of classes; say what its pictures show with --labels FILE");
  }
  return folders;
}

const std::string* label_for(const Labels& labels, const fs::path& picture) {
  for (const std::string& name : {picture.filename().string(), picture.stem().string()}) {
    const auto found = labels.find(name);
    if (found != labels.end()) return &found->second;
  }
  return nullptr;
}

CategoryMap category_map(const Json& coco, const DetectorClasses& classes) {
  std::map<int64_t, std::string> categories;
  if (const Json* list = coco.find("categories"); list != nullptr && list->as_array() != nullptr) {
    for (const Json& one : *list->as_array()) {
      const auto id = label_text(one.find("id")), name = label_text(one.find("name"));
      if (id && parse_int(*id)) categories[*parse_int(*id)] = name.value_or("");
    }
  }
  return map_categories(categories.empty() ? coco_categories() : categories, classes);
}

std::optional<int64_t> integer(const Json& object, std::string_view name) {
  const Json* value = object.find(name);
  return value == nullptr ? std::nullopt : value->as_int();
}

std::optional<std::array<double, 4>> bbox_of(const Json& annotation) {
  const Json* list = annotation.find("bbox");
  if (list == nullptr || list->as_array() == nullptr || list->as_array()->size() != 4) return {};
  std::array<double, 4> box;
  for (size_t i = 0; i < 4; ++i) {
    const auto value = (*list->as_array())[i].as_double();
    if (!value || !std::isfinite(*value)) return {};
    box[i] = *value;
  }
  return box;
}

// The boxes of a polygon's corners, or of a center and a size.
ScoredBox yolo_box(const std::vector<double>& numbers) {
  ScoredBox box{.category = static_cast<int64_t>(numbers[0])};
  if (numbers.size() == 5) {
    box.x = numbers[1] - numbers[3] / 2;
    box.y = numbers[2] - numbers[4] / 2;
    box.width = numbers[3];
    box.height = numbers[4];
    return box;
  }
  double right = box.x = numbers[1], bottom = box.y = numbers[2];
  for (size_t i = 3; i + 1 < numbers.size(); i += 2) {
    box.x = std::min(box.x, numbers[i]);
    right = std::max(right, numbers[i]);
    box.y = std::min(box.y, numbers[i + 1]);
    bottom = std::max(bottom, numbers[i + 1]);
  }
  box.width = right - box.x;
  box.height = bottom - box.y;
  return box;
}

Expected<TrueBoxes> yolo_boxes(const std::string& folder, const std::string& labels) {
  HONE_TRY(const std::vector<std::string> paths, expand_inputs({folder}, InputKind::picture));
  TrueBoxes made;
  for (const std::string& path : paths) {
    const fs::path name = fs::path(path).stem().string() + ".txt";
    const fs::path file = (labels.empty() ? fs::path(path).parent_path() : fs::path(labels)) / name;
    std::error_code error;
    if (!fs::is_regular_file(file, error)) continue;
    HONE_TRY(const std::string text, read_file(file.string(), kMaxTruthFile));
    PictureBoxes picture{.path = path, .units = PictureBoxes::Units::normalized};
    HONE_TRY_CONTEXT(picture.boxes, parse_yolo(text), file.string());
    made.pictures.push_back(std::move(picture));
  }
  if (!made.pictures.empty()) return made;
  return fail(Code::not_found, labels.empty() ? folder : labels,
              ": no NAME.txt of YOLO's kind for the pictures; give COCO annotations with --labels "
              "FILE.json");
}

// Where a picture of that name is: below the folder as the name says, or right in it.
fs::path place_of(const fs::path& folder, const fs::path& name) {
  const fs::path below = name.lexically_normal();
  const bool inside = !below.empty() && below.is_relative() && *below.begin() != "..";
  std::error_code error;
  return inside && fs::exists(folder / below, error) ? folder / below : folder / name.filename();
}

}  // namespace

Expected<std::map<std::string, std::string>> parse_picture_labels(const std::string& text) {
  const std::string_view start = trim(text);
  if (!start.starts_with('{') && !start.starts_with('[')) return labels_of_lines(text);
  HONE_TRY(const Json json, Json::parse(text));
  return labels_of_json(json);
}

Expected<LabeledPictures> find_labeled_pictures(const std::string& folder,
                                                const std::string& labels_file) {
  LabeledPictures made;
  if (labels_file.empty()) {
    HONE_TRY(const std::vector<std::string> folders, class_folders(folder));
    for (size_t i = 0; i < folders.size(); ++i) {
      HONE_TRY(const std::vector<std::string> paths,
               expand_inputs({folders[i]}, InputKind::picture));
      const std::string label = fs::path(folders[i]).filename().string();
      for (const std::string& path : paths) {
        made.pictures.push_back({path, label, static_cast<int64_t>(i)});
      }
    }
    return made;
  }
  HONE_TRY(const std::string text, read_file(labels_file, kMaxTruthFile));
  HONE_TRY_CONTEXT(const Labels labels, parse_picture_labels(text), labels_file);
  HONE_TRY(const std::vector<std::string> paths, expand_inputs({folder}, InputKind::picture));
  for (const std::string& path : paths) {
    const std::string* label = label_for(labels, path);
    if (label == nullptr) {
      ++made.unlabeled;
    } else {
      made.pictures.push_back({path, *label, {}});
    }
  }
  if (!made.pictures.empty()) return made;
  return fail(Code::not_found, labels_file, ": names none of the ", paths.size(), " pictures in ",
              folder);
}

std::optional<int64_t> class_of(std::string_view label, std::span<const std::string> names,
                                int64_t shift) {
  if (const auto number = parse_int(trim(label))) {
    if (*number < 0 || *number > kMaxClass) return {};
    return *number + shift;
  }
  const std::string wanted = lower(label);
  if (wanted.empty()) return {};
  for (size_t i = 0; i < names.size(); ++i) {
    if (lower(names[i]) == wanted) return static_cast<int64_t>(i);
    for (const std::string_view one : split(names[i], ',')) {
      if (lower(one) == wanted) return static_cast<int64_t>(i);
    }
  }
  return {};
}

Expected<TrueBoxes> parse_coco(const std::string& text, const DetectorClasses& known) {
  HONE_TRY(const Json coco, Json::parse(text));
  const Json *images = coco.find("images"), *annotations = coco.find("annotations");
  if (images == nullptr || images->as_array() == nullptr || annotations == nullptr ||
      annotations->as_array() == nullptr) {
    return fail(Code::corrupt, "has no \"images\" and \"annotations\", as COCO's files have");
  }
  TrueBoxes made;
  std::vector<PictureBoxes>& pictures = made.pictures;
  std::map<int64_t, size_t> place;
  for (const Json& image : *images->as_array()) {
    const auto id = integer(image, "id");
    const auto name = label_text(image.find("file_name"));
    if (!id || !name) return fail(Code::corrupt, "an image has no \"id\" or \"file_name\"");
    place[*id] = pictures.size();
    pictures.push_back({.path = *name});
  }
  CategoryMap map = category_map(coco, known);
  const std::map<int64_t, int64_t>& classes = map.class_of;
  for (const Json& annotation : *annotations->as_array()) {
    const auto image = integer(annotation, "image_id"),
               category = integer(annotation, "category_id");
    const auto box = bbox_of(annotation);
    if (!image || !category || !place.contains(*image) || !classes.contains(*category) || !box) {
      return fail(Code::corrupt, "an annotation lacks \"bbox\", or a known image and category");
    }
    ScoredBox truth{.category = classes.at(*category),
                    .x = (*box)[0],
                    .y = (*box)[1],
                    .width = (*box)[2],
                    .height = (*box)[3]};
    if (integer(annotation, "iscrowd").value_or(0) != 0) truth.crowd = ScoredBox::Crowd::yes;
    pictures[place[*image]].boxes.push_back(truth);
  }
  made.note = std::move(map.note);
  return made;
}

Expected<std::vector<ScoredBox>> parse_yolo(std::string_view text) {
  std::vector<ScoredBox> boxes;
  size_t row = 0;
  for (const std::string_view line : split(text, '\n')) {
    ++row;
    std::vector<double> numbers;
    for (const std::string_view word : split(trim(line), ' ')) {
      if (word.empty()) continue;
      const auto number = parse_double(word);
      if (!number || !std::isfinite(*number)) {
        return fail(Code::corrupt, "line ", row, ": '", printable(word), "' is no number");
      }
      numbers.push_back(*number);
    }
    if (numbers.empty()) continue;
    const bool is_class = numbers[0] >= 0 && numbers[0] <= kMaxClass;
    if (numbers.size() < 5 || numbers.size() % 2 == 0 || !is_class) {
      return fail(Code::corrupt, "line ", row, ": must be a class and a box or polygon");
    }
    boxes.push_back(yolo_box(numbers));
  }
  return boxes;
}

Expected<TrueBoxes> find_picture_boxes(const std::string& folder, const std::string& labels,
                                       const DetectorClasses& classes) {
  std::error_code error;
  if (labels.empty() || fs::is_directory(labels, error)) return yolo_boxes(folder, labels);
  HONE_TRY(const std::string text, read_file(labels, kMaxTruthFile));
  HONE_TRY_CONTEXT(TrueBoxes all, parse_coco(text, classes), labels);
  TrueBoxes there{.pictures = {}, .note = std::move(all.note)};
  std::set<std::string> seen;
  for (PictureBoxes& picture : all.pictures) {
    picture.path = place_of(folder, picture.path).string();
    if (!fs::exists(picture.path, error)) continue;
    if (!seen.insert(picture.path).second) {
      return fail(Code::corrupt, labels, ": names ", picture.path,
                  " twice; pictures of one name need the folders that it names");
    }
    there.pictures.push_back(std::move(picture));
  }
  if (!there.pictures.empty()) return there;
  return fail(Code::not_found, labels, ": names none of the pictures in ", folder);
}

}  // namespace hone::cli
