#include "models/store.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "base/json.h"
#include "base/output_file.h"
#include "base/text.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxRecord = uint64_t{1} << 20;
constexpr size_t kMaxListed = 10000;

std::string text_or_empty(const Json& json, std::string_view name) {
  const Json* value = json.find(name);
  const std::string* text = value == nullptr ? nullptr : value->as_string();
  return text == nullptr ? std::string() : *text;
}

int64_t int_or_zero(const Json& json, std::string_view name) {
  const Json* value = json.find(name);
  return value == nullptr ? 0 : value->as_int().value_or(0);
}

Json to_json(const InstalledModel& model) {
  Json license = Json::object();
  license.set("name", model.license.name);
  license.set("url", model.license.url);
  license.set("note", model.license.note);
  license.set("show", model.license.show_before_use);
  Json json = Json::object();
  json.set("name", model.name);
  json.set("sha256", hex(model.sha256));
  json.set("trust", name_of(model.trust));
  json.set("size_bytes", model.size_bytes);
  json.set("source", model.source);
  json.set("license", std::move(license));
  json.set("pulled_at_unix_s", model.pulled_at_unix_s);
  return json;
}

Expected<InstalledModel> parse_record(std::string_view text) {
  HONE_TRY(const Json json, Json::parse(text));
  InstalledModel model;
  const auto digest = parse_sha256(text_or_empty(json, "sha256"));
  if (!digest) return fail(Code::corrupt, "'sha256' is missing or no hash");
  model.sha256 = *digest;
  model.trust = text_or_empty(json, "trust") == "verified" ? Trust::verified : Trust::pinned;
  model.size_bytes = static_cast<uint64_t>(std::max<int64_t>(0, int_or_zero(json, "size_bytes")));
  model.source = text_or_empty(json, "source");
  model.pulled_at_unix_s = int_or_zero(json, "pulled_at_unix_s");
  if (const Json* license = json.find("license")) {
    model.license.name = text_or_empty(*license, "name");
    model.license.url = text_or_empty(*license, "url");
    model.license.note = text_or_empty(*license, "note");
    const Json* show = license->find("show");
    model.license.show_before_use = show != nullptr && show->as_bool().value_or(false);
  }
  return model;
}

std::string record_path(const std::string& model_path) {
  return fs::path(model_path).replace_extension(".json").string();
}

std::string pins_path(const std::string& root) { return root + "/.pins.json"; }

Expected<Json> read_pins(const std::string& root) {
  if (!file_exists(pins_path(root))) return Json::object();
  HONE_TRY(const std::string text, read_file(pins_path(root), kMaxRecord));
  HONE_TRY_CONTEXT(Json pins, Json::parse(text), pins_path(root));
  return pins;
}

// Nothing if that is no regular file.
std::optional<uint64_t> regular_file_size(const std::string& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return std::nullopt;
  const uint64_t size = fs::file_size(path, error);
  return error ? std::nullopt : std::optional(size);
}

}  // namespace

std::string_view name_of(Trust trust) { return trust == Trust::verified ? "verified" : "pinned"; }

std::string Store::path(std::string_view name) const { return cat(root_, "/", name, ".gguf"); }

std::string Store::lock_path(std::string_view name) const { return cat(root_, "/.locks/", name); }

std::string Store::work_folder(std::string_view name) const { return cat(root_, "/.work/", name); }

Expected<std::vector<InstalledModel>> Store::list() const {
  std::error_code error;
  if (!fs::exists(root_, error)) return std::vector<InstalledModel>();
  std::vector<InstalledModel> models;
  for (fs::directory_iterator it(root_, error), end; !error && it != end; it.increment(error)) {
    const fs::path& file = it->path();
    if (file.extension() != ".gguf" || models.size() == kMaxListed) continue;
    auto model = find(file.stem().string());
    if (model && *model) models.push_back(std::move(**model));
  }
  if (error) return std::unexpected(Error{Code::io, cat("cannot list: ", error.message()), root_});
  std::ranges::sort(models, {}, &InstalledModel::name);
  return models;
}

Expected<std::optional<InstalledModel>> Store::find(std::string_view name) const {
  if (!is_model_name(name)) return std::nullopt;
  const std::string file = path(name);
  const auto size = regular_file_size(file);
  if (!size || !file_exists(record_path(file))) return std::nullopt;
  HONE_TRY(const std::string text, read_file(record_path(file), kMaxRecord));
  HONE_TRY_CONTEXT(InstalledModel model, parse_record(text), record_path(file));
  if (*size != model.size_bytes) {
    return std::unexpected(Error{Code::corrupt,
                                 cat("the file has ", *size, " bytes, but ", model.size_bytes,
                                     " were installed; remove the model and pull it again"),
                                 file});
  }
  model.name = name;
  model.path = file;
  return model;
}

Status Store::remove(std::string_view name) const {
  if (!is_model_name(name))
    return fail(Code::not_found, "'", printable(name), "' is no model name");
  const std::string file = path(name);
  const std::string parts[] = {file, record_path(file), part_path(name), part_record_path(name)};
  const auto exists = [](const std::string& part) { return file_exists(part); };
  if (std::ranges::none_of(parts, exists) && !file_exists(work_folder(name))) {
    return fail(Code::not_found, "'", name, "' is not installed");
  }
  HONE_RETURN_IF_ERROR(create());
  HONE_TRY(const std::optional<FileLock> lock, FileLock::try_lock(lock_path(name)));
  if (!lock) {
    return fail(Code::conflict, "another process is pulling '", name, "'; stop it first");
  }
  std::error_code error;
  for (const std::string& part : parts) {
    fs::remove(part, error);
    if (error) {
      return std::unexpected(Error{Code::io, cat("cannot remove: ", error.message()), part});
    }
  }
  fs::remove_all(work_folder(name), error);
  return {};
}

Expected<std::optional<Sha256Digest>> Store::pinned(const ModelSource& source) const {
  HONE_TRY(const Json pins, read_pins(root_));
  const Json* pin = pins.find(source.text());
  if (pin == nullptr) return std::nullopt;
  const auto digest = pin->as_string() == nullptr ? std::nullopt : parse_sha256(*pin->as_string());
  if (!digest) {
    return std::unexpected(
        Error{Code::corrupt, "a pin is no hash; mend or remove that file", pins_path(root_)});
  }
  return digest;
}

Status Store::pin(const ModelSource& source, const Sha256Digest& digest) const {
  HONE_TRY(Json pins, read_pins(root_));
  pins.set(source.text(), hex(digest));
  return write_file_atomic(pins_path(root_), pins.write(kJsonPretty) + "\n");
}

Status Store::unpin(const CatalogueEntry& entry) const {
  HONE_TRY(Json pins, read_pins(root_));
  Json::Object* members = pins.as_object();
  if (members == nullptr) return {};
  const size_t removed = std::erase_if(*members, [&](const Json::Member& member) {
    return std::ranges::any_of(
        entry.sources, [&](const ModelSource& source) { return source.text() == member.name; });
  });
  if (removed == 0) return {};
  return write_file_atomic(pins_path(root_), pins.write(kJsonPretty) + "\n");
}

Status Store::create() const {
  std::error_code error;
  fs::create_directories(root_ + "/.locks", error);
  if (error) {
    return std::unexpected(
        Error{Code::io, cat("cannot create the folder for models: ", error.message()), root_});
  }
  return {};
}

Status Store::install(InstalledModel& model) const {
  model.path = path(model.name);
  // The record first: without its file it counts as nothing, so a power cut leaves no half model.
  const std::string record = to_json(model).write(kJsonPretty) + "\n";
  HONE_RETURN_IF_ERROR(write_file_atomic(record_path(model.path), record));
  HONE_RETURN_IF_ERROR(move_into_place(part_path(model.name), model.path));
  std::error_code ignored;
  fs::remove(part_record_path(model.name), ignored);
  fs::remove_all(work_folder(model.name), ignored);
  return {};
}

}  // namespace hone
