#include "environment.h"

#include <initializer_list>

#include "base/text.h"

namespace hone::cli {
namespace {

using Lookup = std::function<const char*(const char*)>;

std::string first_set(const Lookup& lookup, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const char* value = lookup(name); value != nullptr && *value != '\0') return value;
  }
  return {};
}

// The XDG rule: a relative path in the variable is to be ignored.
std::string user_dir(const Lookup& lookup, const char* variable, std::string_view below_home) {
  const std::string set = first_set(lookup, {variable});
  if (set.starts_with('/')) return set + "/hone";
  const std::string home = first_set(lookup, {"HOME"});
  return home.empty() ? "" : cat(home, "/", below_home, "/hone");
}

}  // namespace

std::string Environment::expanded(std::string_view path) const {
  const bool at_home = path == "~" || path.starts_with("~/");
  return at_home && !home.empty() ? cat(home, path.substr(1)) : std::string(path);
}

Environment read_environment(const Lookup& lookup) {
  Environment environment;
  environment.home = first_set(lookup, {"HOME"});
  std::string state_dir;
  std::string config_dir;
  if (const std::string home = first_set(lookup, {"HONE_HOME"}); !home.empty()) {
    environment.data_dir = home;
    environment.cache_dir = home + "/cache";
    state_dir = home;
    config_dir = home;
  } else {
    environment.data_dir = user_dir(lookup, "XDG_DATA_HOME", ".local/share");
    environment.cache_dir = user_dir(lookup, "XDG_CACHE_HOME", ".cache");
    state_dir = user_dir(lookup, "XDG_STATE_HOME", ".local/state");
    config_dir = user_dir(lookup, "XDG_CONFIG_HOME", ".config");
  }
  if (!state_dir.empty()) environment.history_file = state_dir + "/chat_history";
  if (!config_dir.empty()) environment.catalogue_file = config_dir + "/models.json";
  const std::string catalogue = first_set(lookup, {"HONE_CATALOGUE"});
  if (!catalogue.empty()) environment.catalogue_file = catalogue;
  environment.catalogue_is_named = !catalogue.empty();
  environment.trust = first_set(lookup, {"HONE_TRUST"});
  environment.backends_dir = first_set(lookup, {"HONE_BACKENDS"});
  environment.hf_token = first_set(lookup, {"HF_TOKEN"});
  environment.terminal = first_set(lookup, {"TERM"});
  environment.no_color = !first_set(lookup, {"NO_COLOR"}).empty();
  if (const auto columns = parse_int(first_set(lookup, {"COLUMNS"})); columns && *columns > 0) {
    environment.columns = static_cast<int>(*columns < 1000 ? *columns : 1000);
  }
  return environment;
}

}  // namespace hone::cli
