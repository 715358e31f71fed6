#include "chat_settings.h"

#include <algorithm>

#include "cli.h"

namespace hone::cli {
namespace {

struct Setting {
  Option option;
  std::function<Json()> value;  // null: unset
  std::function<void()> unset;  // empty: always has a value
};

Json to_json(const std::string& value) { return {value}; }
Json to_json(int value) { return {value}; }
Json to_json(int64_t value) { return {value}; }
Json to_json(double value) { return {value}; }
// Beyond int64 there are no whole numbers in our JSON.
Json to_json(uint64_t value) { return {std::to_string(value)}; }
template <class T>
Json to_json(const std::optional<T>& value) {
  return value ? to_json(*value) : Json();
}
Json to_json(const std::vector<std::string>& value) {
  if (value.empty()) return {};
  Json list = Json::array();
  for (const std::string& item : value) list.push(Json(item));
  return list;
}

template <class T>
std::function<void()> unset_of(T&) {
  return {};
}
template <class T>
std::function<void()> unset_of(std::optional<T>& value) {
  return [&value] { value.reset(); };
}
template <class T>
std::function<void()> unset_of(std::vector<T>& value) {
  return [&value] { value.clear(); };
}

// What ChatSettings::visit is given; points into the settings.
class SettingList {
 public:
  template <class T>
  Option& operator()(std::string_view names, T& value, std::string_view help) {
    OptionList option;
    option(names, value, help);
    settings_.push_back(
        {option.options()[0], [&value] { return to_json(value); }, unset_of(value)});
    return settings_.back().option;
  }
  std::vector<Setting>& settings() { return settings_; }

 private:
  std::vector<Setting> settings_;
};

std::vector<Setting> settings_of(ChatSettings& settings) {
  SettingList list;
  settings.visit(list);
  return list.settings();
}

std::string bare(std::string_view name) {
  while (name.starts_with('-')) name.remove_prefix(1);
  std::string text(name);
  std::ranges::replace(text, '_', '-');
  return text;
}

std::string shown_name(const Setting& setting) { return bare(setting.option.display_name()); }

Expected<Setting*> find_setting(std::vector<Setting>& settings, std::string_view name) {
  const std::string wanted = bare(name);
  std::vector<std::string> names;
  for (Setting& setting : settings) {
    for (const std::string& each : setting.option.name_list()) {
      if (bare(each) == wanted) return &setting;
      if (each.starts_with("--")) names.push_back(bare(each));
    }
  }
  const auto near = did_you_mean(wanted, names);
  return fail(Code::not_found, "there is no setting '", printable(name, 40), "'; ",
              near ? cat("did you mean '", *near, "'?") : std::string("/set alone lists them"));
}

Status assign(Setting& setting, std::string_view value) {
  const bool unset = value.empty() && setting.unset;
  if (setting.unset) setting.unset();
  if (unset) return {};
  auto status = assign_checked(setting.option, value);
  if (!status) return std::unexpected(std::move(status).error().context(shown_name(setting)));
  return {};
}

std::string json_text(const Json& value) {
  return value.as_string() != nullptr ? *value.as_string() : value.write();
}

SettingText describe(const Setting& setting) {
  const Json value = setting.value();
  std::string text =
      value.is_null()
          ? cat("(", setting.option.default_text.empty() ? "none" : setting.option.default_text,
                ")")
          : printable(json_text(value));
  return {shown_name(setting), std::move(text), setting.option.help};
}

Status assign_json(Setting& setting, const Json& value) {
  const Json::Array* list = value.as_array();
  if (list == nullptr) return assign(setting, json_text(value));
  if (setting.option.arity != Arity::many) {
    return fail(Code::corrupt, "setting '", shown_name(setting), "' takes one value");
  }
  setting.unset();
  for (const Json& item : *list) {
    auto status = assign_checked(setting.option, json_text(item));
    if (!status) return std::unexpected(std::move(status).error().context(shown_name(setting)));
  }
  return {};
}

}  // namespace

Status change_setting(ChatSettings& settings, std::string_view name, std::string_view value) {
  ChatSettings changed = settings;
  std::vector<Setting> list = settings_of(changed);
  HONE_TRY(Setting * setting, find_setting(list, name));
  HONE_RETURN_IF_ERROR(assign(*setting, value));
  settings = std::move(changed);
  return {};
}

std::vector<SettingText> describe_settings(const ChatSettings& settings) {
  ChatSettings copy = settings;
  std::vector<SettingText> texts;
  for (const Setting& setting : settings_of(copy)) texts.push_back(describe(setting));
  return texts;
}

Expected<SettingText> describe_setting(const ChatSettings& settings, std::string_view name) {
  ChatSettings copy = settings;
  std::vector<Setting> list = settings_of(copy);
  HONE_TRY(const Setting* setting, find_setting(list, name));
  return describe(*setting);
}

std::string setting_changes(const ChatSettings& before, const ChatSettings& now) {
  const std::vector<SettingText> old = describe_settings(before);
  std::vector<std::string> changes;
  size_t i = 0;
  for (const SettingText& setting : describe_settings(now)) {
    if (setting.value != old[i++].value) changes.push_back(cat(setting.name, " = ", setting.value));
  }
  return join(changes, ", ");
}

Json settings_to_json(const ChatSettings& settings) {
  ChatSettings copy = settings;
  copy.system.reset();
  Json object = Json::object();
  for (const Setting& setting : settings_of(copy)) {
    if (Json value = setting.value(); !value.is_null()) {
      object.set(shown_name(setting), std::move(value));
    }
  }
  return object;
}

Expected<ChatSettings> settings_from_json(const Json& object, const ChatSettings& defaults) {
  if (object.as_object() == nullptr) return fail(Code::corrupt, "'settings' is no object");
  ChatSettings read = defaults;
  std::vector<Setting> list = settings_of(read);
  for (const Json::Member& member : *object.as_object()) {
    HONE_TRY(Setting * setting, find_setting(list, member.name));
    HONE_RETURN_IF_ERROR(assign_json(*setting, member.value));
  }
  read.system = defaults.system;
  return read;
}

}  // namespace hone::cli
