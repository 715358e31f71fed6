// The catalogue: which models hone knows by name and where their files come from. A catalogue is
// JSON; the built-in one is catalogue.json beside this file, a person may add another.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/sha256.h"

namespace hone {

// A file inside a Python wheel or an npm package.
struct PackageFile {
  std::string package;
  std::string version;
  std::string path;  // inside the wheel, or below the npm package's root

  bool operator==(const PackageFile& other) const = default;
};

// One place that has the whole model file.
struct ModelSource {
  enum class Kind : uint8_t { pip, npm, https, local };
  Kind kind = Kind::https;
  std::vector<PackageFile> files = {};  // pip, npm: concatenated in this order
  std::string location = {};            // https: the URL; local: a path

  // What identifies the source, for people, records and pins:
  // "https://...", "pip:name==1.0/path", "local:/path".
  std::string text() const;
  bool operator==(const ModelSource& other) const = default;
};

struct License {
  std::string name;
  std::string url;
  std::string note;              // one or two sentences to show with it; may be empty
  bool show_before_use = false;  // it asks to be shown before the model is used

  bool operator==(const License& other) const = default;
};

struct CatalogueEntry {
  std::string name;  // also the stem of the installed file's name
  std::vector<std::string> aliases;
  std::string title;
  std::string parameters;    // "135M"
  std::string quantization;  // "Q4_1"
  bool chat = false;         // it carries a chat template
  std::optional<uint64_t> size_bytes;
  std::optional<Sha256Digest> sha256;  // none: unverified, pinned at the first pull
  License license;
  std::vector<ModelSource> sources;  // tried in this order

  bool operator==(const CatalogueEntry& other) const = default;
};

class Catalogue {
 public:
  // Refuses unknown keys (a misspelt "sha256" must not pass for "unverified"), unsafe names and
  // anything beyond the limits in catalogue.cc.
  static Expected<Catalogue> parse(std::string_view json);
  static Expected<Catalogue> builtin();

  // The other's entries come first: they replace entries of the same name and take over aliases.
  void merge(Catalogue other);

  std::span<const CatalogueEntry> entries() const { return entries_; }
  // By name, else by alias; null if neither.
  const CatalogueEntry* find(std::string_view word) const;
  // All names and aliases.
  std::vector<std::string> words() const;
  std::optional<std::string> suggest(std::string_view word) const;
  // The entry meant when no model is named; null if the catalogue has none.
  const CatalogueEntry* default_entry() const { return find(default_name_); }

 private:
  std::vector<CatalogueEntry> entries_;
  std::string default_name_;
};

// 1 to 64 of a-z A-Z 0-9 . _ - and a letter or digit first: safe as a file name.
bool is_model_name(std::string_view name);

}  // namespace hone
