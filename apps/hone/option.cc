#include "option.h"

#include <algorithm>
#include <utility>

namespace hone::cli {
namespace {

template <class T>
Status assign_integer(T& value, std::string_view text) {
  if (std::is_unsigned_v<T> && text.starts_with('-')) {
    return fail(Code::invalid_argument, "'", printable(text), "' is below 0");
  }
  T parsed{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
  if (error == std::errc::result_out_of_range) {
    return fail(Code::invalid_argument, "'", printable(text), "' is too large");
  }
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(Code::invalid_argument, "'", printable(text), "' is not a whole number");
  }
  value = parsed;
  return {};
}

}  // namespace

Option& Option::between(double low, double high) {
  min = low;
  max = high;
  return *this;
}

Option& Option::one_of(std::vector<std::string> allowed) {
  choices = std::move(allowed);
  return *this;
}

Option& Option::as(std::string_view name) {
  value_name = name;
  return *this;
}

Option& Option::when_unset(std::string_view meaning) {
  default_text = meaning;
  return *this;
}

Option& Option::require() {
  required = true;
  return *this;
}

Option& Option::not_empty() {
  takes_empty = false;
  return *this;
}

std::vector<std::string> Option::name_list() const {
  std::vector<std::string> list;
  for (const std::string_view name : split(names, ',')) list.emplace_back(name);
  return list;
}

std::string Option::dashed_names() const {
  std::vector<std::string> list = name_list();
  std::erase_if(list, [](const std::string& name) { return !name.starts_with('-'); });
  return join(list, ",");
}

bool Option::takes_word() const {
  return std::ranges::any_of(name_list(), [](const std::string& n) { return !n.starts_with('-'); });
}

std::string Option::display_name() const {
  const std::vector<std::string> list = name_list();
  for (const std::string& name : list) {
    if (name.starts_with("--")) return name;
  }
  return dashed_names().empty() ? value_name : list.front();
}

Status assign_value(bool& value, std::string_view) {
  value = true;
  return {};
}

Status assign_value(std::string& value, std::string_view text) {
  value = text;
  return {};
}

Status assign_value(double& value, std::string_view text) {
  const std::optional<double> parsed = parse_double(text);
  if (!parsed) return fail(Code::invalid_argument, "'", printable(text), "' is not a number");
  value = *parsed;
  return {};
}

Status assign_value(float& value, std::string_view text) {
  double wide = 0;
  HONE_RETURN_IF_ERROR(assign_value(wide, text));
  value = static_cast<float>(wide);
  return {};
}

Status assign_value(int64_t& value, std::string_view text) { return assign_integer(value, text); }
Status assign_value(uint64_t& value, std::string_view text) { return assign_integer(value, text); }
Status assign_value(int& value, std::string_view text) { return assign_integer(value, text); }

}  // namespace hone::cli
