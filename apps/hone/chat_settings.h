// What /set changes in a conversation, by the names of the command line.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "text_model.h"

namespace hone::cli {

struct ChatSettings {
  std::optional<std::string> system;
  int64_t predict = -1;
  std::vector<std::string> stop;
  SamplingOptions sampling;

  template <class V>
  void visit(V& v) {
    v("--system,--system-prompt", system, "what the model is told to be").as("TEXT");
    v("-n,--predict,--max-tokens", predict, "most tokens of an answer; -1: until the model is done")
        .between(-1, 1 << 27);
    v("--stop", stop, "end the answer before this text").as("TEXT").not_empty();
    sampling.visit(v);
  }
};

// A value for one setting; `name` may be any of the option's names, without its dashes and with _
// for
// -. An empty value unsets what may be unset. On an error, which names the nearest setting, nothing
// has changed.
Status change_setting(ChatSettings& settings, std::string_view name, std::string_view value);

struct SettingText {
  std::string name;
  std::string value;  // of now; "(from the clock)" where nothing is set
  std::string help;
};

// In the order of visit().
std::vector<SettingText> describe_settings(const ChatSettings& settings);
// The one of that name; not_found with the nearest.
Expected<SettingText> describe_setting(const ChatSettings& settings, std::string_view name);

// "temp = 0.5, seed = 7": what `now` has that `before` had not; empty if they are the same.
std::string setting_changes(const ChatSettings& before, const ChatSettings& now);

// An object of all settings but the system prompt; unset ones are left out.
Json settings_to_json(const ChatSettings& settings);
// Replaces all settings but the system prompt: those that `object` lacks get `defaults`.
Expected<ChatSettings> settings_from_json(const Json& object, const ChatSettings& defaults);

}  // namespace hone::cli
