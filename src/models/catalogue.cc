#include "models/catalogue.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/json.h"
#include "base/text.h"

namespace hone {
namespace {

constexpr JsonLimits kJsonLimits{.bytes = size_t{4} << 20, .depth = 16, .values = 200000};
constexpr size_t kMaxEntries = 4096;
constexpr size_t kMaxItems = 64;  // aliases, sources, files of a source
constexpr size_t kMaxText = 2000;
constexpr std::array<std::string_view, 2> kOtherEndings = {"part", "task"};  // roles are the others
constexpr std::array<std::string_view, 4> kKindNames = {"pip", "npm", "https", "local"};

constexpr std::string_view kBuiltin =
#include "models/catalogue.json.inc"
    ;

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_word(std::string_view text, std::string_view punctuation, size_t limit) {
  return !text.empty() && text.size() <= limit && is_alphanumeric(text.front()) &&
         std::ranges::all_of(text, [&](char c) {
           return is_alphanumeric(c) || punctuation.find(c) != punctuation.npos;
         });
}

// Reads the members of one object; what nobody asked for by finish() is an unknown key.
class Members {
 public:
  static Expected<Members> of(const Json& json) {
    if (json.as_object() == nullptr) {
      return fail(Code::corrupt, "an object is expected here, not ", name_of(json.kind()));
    }
    return Members(*json.as_object());
  }

  const Json* take(std::string_view name) {
    for (size_t i = 0; i < members_->size(); ++i) {
      if ((*members_)[i].name != name) continue;
      taken_[i] = true;
      return &(*members_)[i].value;
    }
    return nullptr;
  }

  Expected<std::string> text(std::string_view name) {
    const Json* json = take(name);
    if (json == nullptr) return fail(Code::corrupt, "'", name, "' is missing");
    const std::string* value = json->as_string();
    if (value == nullptr || value->size() > kMaxText) {
      return fail(Code::corrupt, "'", name, "' must be a text of at most ", kMaxText, " bytes");
    }
    return *value;
  }

  Expected<std::string> optional_text(std::string_view name) {
    const Json* json = take(name);
    return json == nullptr ? std::string() : text(name);
  }

  Expected<bool> optional_flag(std::string_view name) {
    const Json* json = take(name);
    if (json == nullptr) return false;
    if (!json->as_bool()) return fail(Code::corrupt, "'", name, "' must be true or false");
    return *json->as_bool();
  }

  // The items of an optional array.
  Expected<std::span<const Json>> items(std::string_view name, size_t limit = kMaxItems) {
    const Json* json = take(name);
    if (json == nullptr) return std::span<const Json>();
    const Json::Array* array = json->as_array();
    if (array == nullptr || array->size() > limit) {
      return fail(Code::corrupt, "'", name, "' must be an array of at most ", limit, " items");
    }
    return std::span<const Json>(*array);
  }

  // Null if it is missing.
  Expected<const Json::Object*> optional_object(std::string_view name) {
    const Json* json = take(name);
    if (json == nullptr) return nullptr;
    if (json->as_object() == nullptr || json->as_object()->size() > kMaxItems) {
      return fail(Code::corrupt, "'", name, "' must be an object of at most ", kMaxItems,
                  " members");
    }
    return json->as_object();
  }

  Status finish() const {
    for (size_t i = 0; i < taken_.size(); ++i) {
      if (taken_[i]) continue;
      return fail(Code::corrupt, "unknown key '", printable((*members_)[i].name), "'");
    }
    return {};
  }

 private:
  explicit Members(const Json::Object& members)
      : members_(&members), taken_(members.size(), false) {}

  const Json::Object* members_;
  std::vector<bool> taken_;
};

Expected<License> parse_license(const Json& json) {
  HONE_TRY(Members members, Members::of(json));
  License license;
  HONE_TRY(license.name, members.text("name"));
  HONE_TRY(license.url, members.optional_text("url"));
  HONE_TRY(license.note, members.optional_text("note"));
  HONE_TRY(license.show_before_use, members.optional_flag("show"));
  HONE_RETURN_IF_ERROR(members.finish());
  return license;
}

// Package words become arguments of pip and npm: none may look like an option or a URL.
bool is_package(std::string_view name, ModelSource::Kind kind) {
  if (kind == ModelSource::Kind::npm && name.starts_with('@')) {
    const size_t slash = name.find('/');
    return slash != name.npos && is_word(name.substr(1, slash - 1), "._-", 128) &&
           is_word(name.substr(slash + 1), "._-", 128);
  }
  return is_word(name, "._-", 128);
}

bool is_inner_path(std::string_view path) {
  if (path.empty() || path.size() > 1000 || path.front() == '/') return false;
  return std::ranges::none_of(split(path, '/'),
                              [](std::string_view part) { return part == ".." || part.empty(); });
}

Expected<PackageFile> parse_package_file(const Json& json, ModelSource::Kind kind) {
  HONE_TRY(Members members, Members::of(json));
  PackageFile file;
  HONE_TRY(file.package, members.text("package"));
  HONE_TRY(file.version, members.text("version"));
  HONE_TRY(file.path, members.text("path"));
  HONE_RETURN_IF_ERROR(members.finish());
  if (!is_package(file.package, kind)) {
    return fail(Code::corrupt, "'", printable(file.package), "' is no package name");
  }
  if (!is_word(file.version, "._-+!", 64)) {
    return fail(Code::corrupt, "'", printable(file.version), "' is no package version");
  }
  if (!is_inner_path(file.path)) {
    return fail(Code::corrupt, "'", printable(file.path), "' is no path inside a package");
  }
  return file;
}

Expected<ModelSource::Kind> parse_kind(Members& members) {
  HONE_TRY(const std::string name, members.text("kind"));
  const auto found = std::ranges::find(kKindNames, name);
  if (found == kKindNames.end()) {
    return fail(Code::corrupt, "source kind '", printable(name),
                "' is unknown; there are pip, npm, https and local");
  }
  return static_cast<ModelSource::Kind>(found - kKindNames.begin());
}

Expected<ModelSource> parse_source(const Json& json) {
  HONE_TRY(Members members, Members::of(json));
  ModelSource source;
  HONE_TRY(source.kind, parse_kind(members));
  if (source.kind == ModelSource::Kind::https) {
    HONE_TRY(source.location, members.text("url"));
    if (!source.location.starts_with("https://") && !source.location.starts_with("http://")) {
      return fail(Code::corrupt, "'", printable(source.location), "' is no https URL");
    }
  } else if (source.kind == ModelSource::Kind::local) {
    HONE_TRY(source.location, members.text("path"));
  } else {
    HONE_TRY(const std::span<const Json> files, members.items("files"));
    if (files.empty()) return fail(Code::corrupt, "'files' is missing or empty");
    for (const Json& file : files) {
      HONE_TRY(PackageFile parsed, parse_package_file(file, source.kind));
      source.files.push_back(std::move(parsed));
    }
  }
  HONE_RETURN_IF_ERROR(members.finish());
  return source;
}

// Size, hash and sources of the file that these members describe.
Status parse_remote_file(Members& members, RemoteFile& file) {
  if (const Json* size = members.take("size_bytes")) {
    const auto value = size->as_int();
    if (!value || *value <= 0) return fail(Code::corrupt, "'size_bytes' must be a positive number");
    file.size_bytes = static_cast<uint64_t>(*value);
  }
  HONE_TRY(const std::string sha256, members.optional_text("sha256"));
  if (!sha256.empty()) {
    file.sha256 = parse_sha256(sha256);
    if (!file.sha256) return fail(Code::corrupt, "'sha256' must be 64 hexadecimal digits");
  }
  HONE_TRY(const std::span<const Json> sources, members.items("sources"));
  if (sources.empty()) return fail(Code::corrupt, "'sources' is missing or empty");
  for (const Json& source : sources) {
    HONE_TRY_CONTEXT(ModelSource parsed, parse_source(source), "source ", file.sources.size() + 1);
    file.sources.push_back(std::move(parsed));
  }
  return {};
}

Expected<FileFormat> parse_format(Members& members, FileFormat usual) {
  HONE_TRY(const std::string name, members.optional_text("format"));
  if (name.empty()) return usual;
  const auto format = parse_file_format(name);
  if (format && holds_model(*format) == holds_model(usual)) return *format;
  return fail(Code::corrupt, "format '", printable(name), "' is unknown here; there are ",
              holds_model(usual) ? "gguf, onnx, tflite, safetensors and pth" : "json and txt");
}

Expected<CompanionFile> parse_companion(const Json::Member& member) {
  const FileRole* role = find_file_role(member.name);
  if (role == nullptr) {
    std::string known;
    for (const FileRole& other : file_roles()) known += cat(known.empty() ? "" : ", ", other.name);
    return fail(Code::corrupt, "this role is unknown; there are ", known);
  }
  HONE_TRY(Members members, Members::of(member.value));
  CompanionFile file;
  file.role = role->name;
  HONE_TRY(file.format, parse_format(members, role->usual));
  HONE_RETURN_IF_ERROR(parse_remote_file(members, file));
  HONE_RETURN_IF_ERROR(members.finish());
  return file;
}

Status parse_aliases(Members& members, CatalogueEntry& entry) {
  HONE_TRY(const std::span<const Json> aliases, members.items("aliases"));
  for (const Json& alias : aliases) {
    if (alias.as_string() == nullptr || !is_word(*alias.as_string(), "._-:", 64)) {
      return fail(Code::corrupt, "an alias must be a short word of letters, digits and . _ - :");
    }
    entry.aliases.push_back(*alias.as_string());
  }
  return {};
}

Status parse_parts(const Json::Object& parts, CatalogueEntry& entry) {
  if (parts.empty()) return fail(Code::corrupt, "'parts' is empty");
  for (const Json::Member& part : parts) {
    const std::string* name = part.value.as_string();
    if (!is_word(part.name, "_-", 32) || name == nullptr || !is_model_name(*name)) {
      return fail(Code::corrupt, "'parts' must give the name of a model for each role");
    }
    entry.parts.push_back({part.name, *name});
  }
  return {};
}

// What is fetched: the parts of a bundle, or the model's file and those beside it.
Status parse_content(Members& members, CatalogueEntry& entry) {
  HONE_TRY(const Json::Object* parts, members.optional_object("parts"));
  if (parts != nullptr) return parse_parts(*parts, entry);
  HONE_TRY(entry.format, parse_format(members, FileFormat::gguf));
  HONE_TRY(entry.architecture, members.optional_text("architecture"));
  HONE_RETURN_IF_ERROR(parse_remote_file(members, entry));
  HONE_TRY(const Json::Object* files, members.optional_object("files"));
  if (files == nullptr) return {};
  for (const Json::Member& member : *files) {
    HONE_TRY_CONTEXT(CompanionFile file, parse_companion(member), "file '", printable(member.name),
                     "'");
    entry.files.push_back(std::move(file));
  }
  return {};
}

Expected<CatalogueEntry> parse_entry(const Json& json) {
  HONE_TRY(Members members, Members::of(json));
  CatalogueEntry entry;
  HONE_TRY(entry.name, members.text("name"));
  if (!is_model_name(entry.name)) {
    return fail(Code::corrupt, "'", printable(entry.name),
                "' is no model name; use letters, digits and . _ -");
  }
  HONE_TRY(entry.title, members.optional_text("title"));
  if (entry.title.empty()) entry.title = entry.name;
  HONE_TRY(entry.parameters, members.optional_text("parameters"));
  HONE_TRY(entry.quantization, members.optional_text("quantization"));
  HONE_TRY(entry.chat, members.optional_flag("chat"));
  HONE_TRY(entry.hidden, members.optional_flag("hidden"));
  HONE_TRY(const Json::Object* task, members.optional_object("task"));
  if (task != nullptr) entry.task = Json(*task);
  const Json* license = members.take("license");
  if (license == nullptr) return fail(Code::corrupt, "'license' is missing");
  HONE_TRY_CONTEXT(entry.license, parse_license(*license), "license");
  HONE_RETURN_IF_ERROR(parse_aliases(members, entry));
  HONE_RETURN_IF_ERROR(parse_content(members, entry));
  HONE_RETURN_IF_ERROR(members.finish());
  return entry;
}

std::string describe(const Json& json, size_t index) {
  const Json* name = json.find("name");
  if (name == nullptr || name->as_string() == nullptr) return cat("model ", index + 1);
  return cat("model '", printable(*name->as_string()), "'");
}

}  // namespace

std::string ModelSource::text() const {
  const std::string_view name = kKindNames[static_cast<size_t>(kind)];
  if (kind == Kind::https) return location;
  if (kind == Kind::local) return cat(name, ":", location);
  std::string out;
  for (const PackageFile& file : files) {
    if (!out.empty()) out += " + ";
    out += kind == Kind::pip ? cat(name, ":", file.package, "==", file.version, "/", file.path)
                             : cat(name, ":", file.package, "@", file.version, "/", file.path);
  }
  return out;
}

bool is_model_name(std::string_view name) {
  if (!is_word(name, "._-", 64)) return false;
  const size_t dot = name.rfind('.');
  const std::string_view ending = dot == name.npos ? "" : name.substr(dot + 1);
  return find_file_role(ending) == nullptr &&
         std::ranges::find(kOtherEndings, ending) == kOtherEndings.end();
}

std::string_view kind_of(const CatalogueEntry& entry) {
  const Json* kind = entry.task.find("kind");
  if (kind != nullptr && kind->as_string() != nullptr) return *kind->as_string();
  if (entry.format != FileFormat::gguf || entry.is_bundle()) return "";
  return entry.chat ? "chat" : "text";
}

Expected<Catalogue> Catalogue::parse(std::string_view json) {
  HONE_TRY(const Json document, Json::parse(json, kJsonLimits));
  HONE_TRY(Members members, Members::of(document));
  Catalogue catalogue;
  HONE_TRY(catalogue.default_name_, members.optional_text("default"));
  HONE_TRY(const std::span<const Json> models, members.items("models", kMaxEntries));
  for (const Json& model : models) {
    HONE_TRY_CONTEXT(CatalogueEntry entry, parse_entry(model),
                     describe(model, catalogue.entries_.size()));
    catalogue.entries_.push_back(std::move(entry));
  }
  HONE_RETURN_IF_ERROR(members.finish());
  return catalogue;
}

Expected<Catalogue> Catalogue::builtin() { return parse(kBuiltin); }

void Catalogue::merge(Catalogue other) {
  if (!other.default_name_.empty()) default_name_ = std::move(other.default_name_);
  for (CatalogueEntry& entry : entries_) {
    const auto same = [&](const CatalogueEntry& newer) { return newer.name == entry.name; };
    if (std::ranges::none_of(other.entries_, same)) other.entries_.push_back(std::move(entry));
  }
  entries_ = std::move(other.entries_);
}

const CatalogueEntry* Catalogue::find(std::string_view word) const {
  for (const CatalogueEntry& entry : entries_) {
    if (entry.name == word) return &entry;
  }
  for (const CatalogueEntry& entry : entries_) {
    if (std::ranges::find(entry.aliases, word) != entry.aliases.end()) return &entry;
  }
  return nullptr;
}

Expected<std::vector<CataloguePart>> Catalogue::parts_of(const CatalogueEntry& entry) const {
  std::vector<CataloguePart> parts;
  for (const auto& [role, name] : entry.parts) {
    const auto found = std::ranges::find(entries_, name, &CatalogueEntry::name);
    if (found == entries_.end() || found->is_bundle()) {
      return fail(Code::corrupt, "the catalogue's '", entry.name, "' has '", name,
                  "' as a part, which is ",
                  found == entries_.end() ? "not in the catalogue" : "a bundle itself");
    }
    parts.push_back({role, &*found});
  }
  return parts;
}

std::optional<uint64_t> Catalogue::total_bytes(const CatalogueEntry& entry) const {
  const auto parts = parts_of(entry);
  if (!parts) return std::nullopt;
  uint64_t total = 0;
  bool known = true;
  const auto add = [&](const RemoteFile& file) {
    known = known && file.size_bytes;
    total += file.size_bytes.value_or(0);
  };
  const auto add_all = [&](const CatalogueEntry& model) {
    add(model);
    for (const CompanionFile& file : model.files) add(file);
  };
  if (!entry.is_bundle()) add_all(entry);
  for (const CataloguePart& part : *parts) add_all(*part.entry);
  return known ? std::optional(total) : std::nullopt;
}

std::vector<std::string> Catalogue::words() const {
  std::vector<std::string> words;
  for (const CatalogueEntry& entry : entries_) {
    words.push_back(entry.name);
    words.insert(words.end(), entry.aliases.begin(), entry.aliases.end());
  }
  return words;
}

std::optional<std::string> Catalogue::suggest(std::string_view word) const {
  return did_you_mean(word, words());
}

}  // namespace hone
