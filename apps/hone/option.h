// Options of a command as plain data: a struct names its fields once in visit(), and parsing,
// --help and docs/cli.md come from that.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/text.h"

namespace hone::cli {

enum class Arity {
  flag,  // takes no value
  one,   // takes one value; the last one given wins
  many,  // one value each time it is given; a word without dashes takes every word left
};

struct Option {
  std::string names;  // "-t,--threads"; "model" is a word without dashes; "-m,--model,model" both
  std::string help;
  std::string value_name;    // "N" in "-t, --threads N"
  std::string default_text;  // shown by --help; empty if there is none
  Arity arity = Arity::one;
  bool required = false;
  bool takes_empty = true;
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  std::vector<std::string> choices;
  std::function<Status(std::string_view)> assign;

  // Refinements, chained after v(...).
  Option& between(double low, double high);
  Option& one_of(std::vector<std::string> allowed);
  Option& as(std::string_view name);             // the value's name in the help
  Option& when_unset(std::string_view meaning);  // shown as the default: "all cores"
  Option& require();
  Option& not_empty();

  std::vector<std::string> name_list() const;
  // The names with dashes, as they stand in `names`: "-m,--model".
  std::string dashed_names() const;
  // May be given by its place alone: one of its names has no dash.
  bool takes_word() const;
  // The name to use in messages: the first long one, else the first.
  std::string display_name() const;
};

// Text to a value: the whole text must fit the type.
Status assign_value(bool& value, std::string_view text);
Status assign_value(std::string& value, std::string_view text);
Status assign_value(double& value, std::string_view text);
Status assign_value(float& value, std::string_view text);
Status assign_value(int64_t& value, std::string_view text);
Status assign_value(uint64_t& value, std::string_view text);
Status assign_value(int& value, std::string_view text);
template <class T>
Status assign_value(std::optional<T>& value, std::string_view text) {
  return assign_value(value.emplace(), text);
}
template <class T>
Status assign_value(std::vector<T>& value, std::string_view text) {
  return assign_value(value.emplace_back(), text);
}

template <class T>
struct OptionTraits {
  using Scalar = T;
  static constexpr Arity kArity = std::same_as<T, bool> ? Arity::flag : Arity::one;
  static std::string text(const T& value) { return cat(value); }
};
template <>
struct OptionTraits<bool> {
  using Scalar = bool;
  static constexpr Arity kArity = Arity::flag;
  static std::string text(bool) { return {}; }
};
template <class T>
struct OptionTraits<std::optional<T>> {
  using Scalar = T;
  static constexpr Arity kArity = Arity::one;
  static std::string text(const std::optional<T>& value) { return value ? cat(*value) : ""; }
};
template <class T>
struct OptionTraits<std::vector<T>> {
  using Scalar = T;
  static constexpr Arity kArity = Arity::many;
  static std::string text(const std::vector<T>&) { return {}; }
};

// What a visit() is given. The options point into the visited struct, which must outlive them.
class OptionList {
 public:
  template <class T>
  Option& operator()(std::string_view names, T& value, std::string_view help) {
    using Scalar = typename OptionTraits<T>::Scalar;
    Option option;
    option.names = names;
    option.help = help;
    option.arity = OptionTraits<T>::kArity;
    option.value_name = std::integral<Scalar> ? "N" : std::floating_point<Scalar> ? "X" : "TEXT";
    option.default_text = OptionTraits<T>::text(value);
    option.assign = [&value](std::string_view text) { return assign_value(value, text); };
    return options_.emplace_back(std::move(option));
  }

  const std::vector<Option>& options() const { return options_; }

 private:
  std::vector<Option> options_;
};

}  // namespace hone::cli
