// Classes with their probabilities, as commands print them.
#pragma once

#include <span>
#include <string>

#include "base/json.h"
#include "tasks/classify.h"

namespace hone::cli {

// "class 7" if it has no name.
std::string name_of_class(const std::string& label, int64_t index);

// A line each: " 97.1 %  cat".
std::string class_line(double share, const std::string& label, int64_t index);
std::string class_lines(std::span<const Class> classes);
// A list of objects: index, label, probability.
Json class_list(std::span<const Class> classes);

}  // namespace hone::cli
