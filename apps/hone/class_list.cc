#include "class_list.h"

namespace hone::cli {

std::string name_of_class(const std::string& label, int64_t index) {
  return label.empty() ? cat("class ", index) : label;
}

std::string class_line(double share, const std::string& label, int64_t index) {
  const std::string percent = fixed(100 * share, 1);
  return cat(std::string(percent.size() < 5 ? 5 - percent.size() : 0, ' '), percent, " %  ",
             printable(name_of_class(label, index)), "\n");
}

std::string class_lines(std::span<const Class> classes) {
  std::string text;
  for (const Class& one : classes) text += class_line(one.probability, one.label, one.index);
  return text;
}

Json class_list(std::span<const Class> classes) {
  Json list = Json::array();
  for (const Class& one : classes) {
    Json item = Json::object();
    item.set("index", one.index);
    if (!one.label.empty()) item.set("label", one.label);
    item.set("probability", one.probability);
    list.push(std::move(item));
  }
  return list;
}

}  // namespace hone::cli
