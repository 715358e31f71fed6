// Everything hone takes from environment variables, read once in main and handed down.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace hone::cli {

struct Environment {
  std::string home;  // HOME; may be empty
  std::string
      data_dir;  // HONE_HOME, else XDG_DATA_HOME/hone, else HOME/.local/share/hone; may be empty
  std::string
      cache_dir;  // HONE_HOME/cache, else XDG_CACHE_HOME/hone, else HOME/.cache/hone; may be empty
  std::string
      history_file;  // of `hone chat`: in XDG_STATE_HOME/hone, HOME/.local/state/hone or HONE_HOME
  std::string catalogue_file;       // models the person adds: HONE_CATALOGUE, else models.json in
                                    // HONE_HOME, XDG_CONFIG_HOME/hone or HOME/.config/hone
  bool catalogue_is_named = false;  // by HONE_CATALOGUE: then the file must be there
  std::string trust;                // HONE_TRUST: a public key, or a folder of *.pub files
  std::string backends_dir;         // HONE_BACKENDS: a folder of NAME.so, for --backend NAME
  std::string hf_token;             // HF_TOKEN: sent to the model hub only
  std::string terminal;             // TERM
  bool no_color = false;            // NO_COLOR is set and not empty (no-color.org)
  std::optional<int> columns;       // COLUMNS

  // Where pulled models lie; empty if no home is known.
  std::string models_dir() const { return data_dir.empty() ? "" : data_dir + "/models"; }
  // A path typed where no shell sees it: ~ and ~/ become the home, if one is known.
  std::string expanded(std::string_view path) const;
};

// `lookup` gives a variable's value or null, as getenv does.
Environment read_environment(const std::function<const char*(const char*)>& lookup);

}  // namespace hone::cli
