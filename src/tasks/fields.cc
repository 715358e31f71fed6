#include "tasks/fields.h"

#include <cmath>

namespace hone {

Expected<Fields> Fields::of(const Json& task, std::string_view name) {
  const Json* object = task.find(name);
  if (object != nullptr && object->as_object() == nullptr) {
    return fail(Code::invalid_argument, "the task's '", name, "' must be an object");
  }
  return Fields(object, name);
}

const Json* Fields::find(std::string_view name) const {
  return object_ == nullptr ? nullptr : object_->find(name);
}

std::unexpected<Error> Fields::wrong(std::string_view name, std::string_view wanted) const {
  return fail(Code::invalid_argument, "the task's '", name_, name_.empty() ? "" : ".", name,
              "' must be ", wanted);
}

Expected<double> Fields::number(std::string_view name, double otherwise, double least,
                                double most) const {
  const Json* member = find(name);
  if (member == nullptr) return otherwise;
  const auto value = member->as_double();
  if (!value || !(*value >= least && *value <= most)) {
    return wrong(name, cat("a number from ", least, " to ", most));
  }
  return *value;
}

Expected<int> Fields::integer(std::string_view name, int otherwise, int least, int most) const {
  const Json* member = find(name);
  if (member == nullptr) return otherwise;
  const auto value = member->as_int();
  if (!value || *value < least || *value > most) {
    return wrong(name, cat("an integer from ", least, " to ", most));
  }
  return static_cast<int>(*value);
}

Expected<std::string> Fields::text(std::string_view name, std::string_view otherwise) const {
  const Json* member = find(name);
  if (member == nullptr) return std::string(otherwise);
  if (member->as_string() == nullptr) return wrong(name, "a text");
  return *member->as_string();
}

Expected<std::vector<std::string>> Fields::texts(std::string_view name) const {
  std::vector<std::string> texts;
  const Json* member = find(name);
  if (member == nullptr) return texts;
  if (member->as_string() != nullptr) return std::vector{*member->as_string()};
  if (member->as_array() == nullptr) return wrong(name, "a list of texts");
  for (const Json& item : *member->as_array()) {
    if (item.as_string() == nullptr) return wrong(name, "a list of texts");
    texts.push_back(*item.as_string());
  }
  return texts;
}

Expected<std::vector<int>> Fields::integers(std::string_view name, int least, int most) const {
  std::vector<int> values;
  const Json* member = find(name);
  if (member == nullptr) return values;
  if (member->as_array() == nullptr) return wrong(name, "a list of integers");
  for (const Json& item : *member->as_array()) {
    const auto value = item.as_int();
    if (!value || *value < least || *value > most) {
      return wrong(name, cat("a list of integers from ", least, " to ", most));
    }
    values.push_back(static_cast<int>(*value));
  }
  return values;
}

Expected<Fields::Flag> Fields::flag(std::string_view name, Flag otherwise) const {
  const Json* member = find(name);
  if (member == nullptr) return otherwise;
  const auto value = member->as_bool();
  if (!value) return wrong(name, "true or false");
  return *value ? Flag::yes : Flag::no;
}

}  // namespace hone
