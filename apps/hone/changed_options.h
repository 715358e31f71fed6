// Which options of a command have another value than a fresh struct of them.
#pragma once

#include <string>
#include <vector>

#include "option.h"

namespace hone::cli {

// A visitor (see option.h) that takes the values as text.
class OptionValues {
 public:
  template <class T>
  Option& operator()(std::string_view names, T& value, std::string_view) {
    ignored_.names = names;
    names_.push_back(ignored_.display_name());
    values_.push_back(text(value));
    return ignored_;
  }

  const std::vector<std::string>& names() const { return names_; }
  const std::vector<std::string>& values() const { return values_; }

 private:
  static std::string text(bool value) { return value ? "yes" : ""; }
  template <class T>
  static std::string text(const std::vector<T>& value) {
    return cat(value.size());
  }
  template <class T>
  static std::string text(const std::optional<T>& value) {
    return value ? cat("=", *value) : "";
  }
  template <class T>
  static std::string text(const T& value) {
    return cat(value);
  }

  Option ignored_;
  std::vector<std::string> names_, values_;
};

// Their names for messages ("--out"), in the order of visit().
template <class Options>
std::vector<std::string> changed_options(Options options) {
  Options fresh;
  OptionValues given, usual;
  options.visit(given);
  fresh.visit(usual);
  std::vector<std::string> changed;
  for (size_t i = 0; i < given.names().size(); ++i) {
    if (given.values()[i] != usual.values()[i]) changed.push_back(given.names()[i]);
  }
  return changed;
}

}  // namespace hone::cli
