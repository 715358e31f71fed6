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
#include "base/json.h"
#include "base/sha256.h"
#include "models/format.h"

namespace hone {

// A file inside a Python wheel or an npm package.
struct PackageFile {
  std::string package;
  std::string version;
  std::string path;  // inside the wheel, or below the npm package's root

  bool operator==(const PackageFile& other) const = default;
};

// One place that has the whole file.
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

// A file that can be fetched.
struct RemoteFile {
  std::optional<uint64_t> size_bytes = {};
  std::optional<Sha256Digest> sha256 = {};  // none: unverified, pinned at the first pull
  std::vector<ModelSource> sources = {};    // tried in this order

  bool operator==(const RemoteFile& other) const = default;
};

// A file installed beside a model: labels, a tokenizer.
struct CompanionFile : RemoteFile {
  std::string role;  // one of file_roles()
  FileFormat format = FileFormat::txt;

  bool operator==(const CompanionFile& other) const = default;
};

struct PartName {
  std::string role;  // "detect", "recognize"
  std::string name;  // of another entry

  bool operator==(const PartName& other) const = default;
};

// A model: a file with what belongs to it. Or a bundle: other entries by role, no file of its own.
struct CatalogueEntry : RemoteFile {
  std::string name;  // also the stem of the installed files' names
  std::vector<std::string> aliases;
  std::string title;
  FileFormat format = FileFormat::gguf;
  std::string architecture;  // of weights without a graph: "efficientnet-lite0"
  std::string parameters;    // "135M"
  std::string quantization;  // "Q4_1"
  bool chat = false;         // it carries a chat template
  bool hidden = false;       // only of use as a part of bundles
  License license;
  std::vector<CompanionFile> files;
  std::vector<PartName> parts;  // not empty: a bundle
  Json task;                    // what it is for, an object (docs/tasks.md); null: not stated

  bool is_bundle() const { return !parts.empty(); }
  bool operator==(const CatalogueEntry& other) const = default;
};

// What a model is for: its task's "kind", else "chat" or "text".
std::string_view kind_of(const CatalogueEntry& entry);

struct CataloguePart {
  std::string role;
  const CatalogueEntry* entry = nullptr;  // never null
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
  // A bundle's parts; empty for other entries. A part that the catalogue lacks or that is a bundle
  // itself: Code::corrupt.
  Expected<std::vector<CataloguePart>> parts_of(const CatalogueEntry& entry) const;
  // All files of an entry and its parts together; nothing if not all are stated.
  std::optional<uint64_t> total_bytes(const CatalogueEntry& entry) const;
  // The entry meant when no model is named; null if the catalogue has none.
  const CatalogueEntry* default_entry() const { return find(default_name_); }

 private:
  std::vector<CatalogueEntry> entries_;
  std::string default_name_;
};

// 1 to 64 of a-z A-Z 0-9 . _ - and a letter or digit first: safe as a file name. Not one that ends
// as the files beside a model do (".labels", ".part").
bool is_model_name(std::string_view name);

}  // namespace hone
