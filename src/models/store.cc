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

constexpr uint64_t kMaxStoreRecord = uint64_t{1} << 20;
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

Json to_json(const InstalledFile& file) {
  Json json = Json::object();
  json.set("role", file.role);
  json.set("format", name_of(file.format));
  json.set("sha256", hex(file.sha256));
  json.set("size_bytes", file.size_bytes);
  json.set("source", file.source);
  return json;
}

Json to_json(const InstalledModel& model) {
  Json license = Json::object();
  license.set("name", model.license.name);
  license.set("url", model.license.url);
  license.set("note", model.license.note);
  license.set("show", model.license.show_before_use);
  Json json = Json::object();
  json.set("name", model.name);
  json.set("format", name_of(model.format));
  json.set("sha256", hex(model.sha256));
  json.set("trust", name_of(model.trust));
  json.set("size_bytes", model.size_bytes);
  json.set("source", model.source);
  json.set("license", std::move(license));
  json.set("pulled_at_unix_s", model.pulled_at_unix_s);
  if (!model.architecture.empty()) json.set("architecture", model.architecture);
  if (!model.task.is_null()) json.set("task", model.task);
  if (model.files.empty()) return json;
  Json& files = json.set("files", Json::array());
  for (const InstalledFile& file : model.files) files.push(to_json(file));
  return json;
}

// Of a model or a file beside it. Records of hone 0.1 state no format: their models are GGUF files.
template <class T>
Status parse_identity(const Json& json, FileFormat usual, T& file) {
  const auto digest = parse_sha256(text_or_empty(json, "sha256"));
  if (!digest) return fail(Code::corrupt, "'sha256' is missing or no hash");
  file.sha256 = *digest;
  file.size_bytes = static_cast<uint64_t>(std::max<int64_t>(0, int_or_zero(json, "size_bytes")));
  file.source = text_or_empty(json, "source");
  const std::string format = text_or_empty(json, "format");
  file.format = format.empty() ? usual : parse_file_format(format).value_or(usual);
  if (holds_model(file.format) != holds_model(usual)) file.format = usual;
  return {};
}

Status parse_files(const Json& json, InstalledModel& model) {
  const Json* files = json.find("files");
  if (files == nullptr || files->as_array() == nullptr) return {};
  for (const Json& item : *files->as_array()) {
    InstalledFile file;
    file.role = text_or_empty(item, "role");
    const FileRole* role = find_file_role(file.role);
    if (role == nullptr) continue;  // of a newer hone
    HONE_RETURN_IF_ERROR(parse_identity(item, role->usual, file));
    model.files.push_back(std::move(file));
  }
  return {};
}

Expected<InstalledModel> parse_record(std::string_view text) {
  HONE_TRY(const Json json, Json::parse(text));
  InstalledModel model;
  HONE_RETURN_IF_ERROR(parse_identity(json, FileFormat::gguf, model));
  model.trust = text_or_empty(json, "trust") == "verified" ? Trust::verified : Trust::pinned;
  model.pulled_at_unix_s = int_or_zero(json, "pulled_at_unix_s");
  if (const Json* license = json.find("license")) {
    model.license.name = text_or_empty(*license, "name");
    model.license.url = text_or_empty(*license, "url");
    model.license.note = text_or_empty(*license, "note");
    const Json* show = license->find("show");
    model.license.show_before_use = show != nullptr && show->as_bool().value_or(false);
  }
  model.architecture = text_or_empty(json, "architecture");
  if (const Json* task = json.find("task")) model.task = *task;
  HONE_RETURN_IF_ERROR(parse_files(json, model));
  return model;
}

std::string record_path(const std::string& root, std::string_view name) {
  return cat(root, "/", name, ".json");
}

// All files that may be there for a model of that name, installed or unfinished.
std::vector<std::string> possible_files(const Store& store, std::string_view name) {
  std::vector<std::string> files;
  const auto add = [&](const std::string& path) {
    for (const char* ending : {"", ".part", ".part.json"}) files.push_back(path + ending);
  };
  for (const FileFormat format : model_formats()) add(store.path(name, format));
  for (const FileRole& role : file_roles()) {
    for (const FileFormat format : {FileFormat::json, FileFormat::txt}) {
      add(store.path(name, format, role.name));
    }
  }
  files.push_back(record_path(store.root(), name));
  return files;
}

std::string pins_path(const std::string& root) { return root + "/.pins.json"; }

Expected<Json> read_pins(const std::string& root) {
  if (!file_exists(pins_path(root))) return Json::object();
  HONE_TRY(const std::string text, read_file(pins_path(root), kMaxStoreRecord));
  HONE_TRY_CONTEXT(Json pins, Json::parse(text), pins_path(root));
  return pins;
}

Status check_size(const std::string& path, std::optional<uint64_t> size, uint64_t installed) {
  if (size == installed) return {};
  const std::string what =
      size ? cat("the file has ", *size, " bytes, but ", installed, " were installed")
           : std::string("this file of the model is missing");
  return std::unexpected(
      Error{Code::corrupt, cat(what, "; remove the model and pull it again"), path});
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

const InstalledFile* InstalledModel::file(std::string_view role) const {
  const auto found = std::ranges::find(files, role, &InstalledFile::role);
  return found == files.end() ? nullptr : &*found;
}

uint64_t InstalledModel::total_bytes() const {
  uint64_t total = size_bytes;
  for (const InstalledFile& other : files) total += other.size_bytes;
  return total;
}

std::string Store::path(std::string_view name, FileFormat format, std::string_view role) const {
  return cat(root_, "/", name, role.empty() ? "" : ".", role, ".", name_of(format));
}

std::string Store::lock_path(std::string_view name) const { return cat(root_, "/.locks/", name); }

std::string Store::work_folder(std::string_view name) const { return cat(root_, "/.work/", name); }

Expected<std::vector<InstalledModel>> Store::list() const {
  std::error_code error;
  if (!fs::exists(root_, error)) return std::vector<InstalledModel>();
  std::vector<InstalledModel> models;
  for (fs::directory_iterator it(root_, error), end; !error && it != end; it.increment(error)) {
    const fs::path& file = it->path();
    if (file.extension() != ".json" || models.size() == kMaxListed) continue;
    auto model = find(file.stem().string());
    if (model && *model) models.push_back(std::move(**model));
  }
  if (error) return std::unexpected(Error{Code::io, cat("cannot list: ", error.message()), root_});
  std::ranges::sort(models, {}, &InstalledModel::name);
  return models;
}

Expected<std::optional<InstalledModel>> Store::find(std::string_view name) const {
  if (!is_model_name(name)) return std::nullopt;
  const std::string record = record_path(root_, name);
  if (!file_exists(record)) return std::nullopt;
  HONE_TRY(const std::string text, read_file(record, kMaxStoreRecord));
  HONE_TRY_CONTEXT(InstalledModel model, parse_record(text), record);
  model.name = name;
  model.path = path(name, model.format);
  const auto size = regular_file_size(model.path);
  if (!size) return std::nullopt;
  HONE_RETURN_IF_ERROR(check_size(model.path, size, model.size_bytes));
  for (InstalledFile& file : model.files) {
    file.path = path(name, file.format, file.role);
    HONE_RETURN_IF_ERROR(check_size(file.path, regular_file_size(file.path), file.size_bytes));
  }
  return model;
}

Status Store::remove(std::string_view name) const {
  if (!is_model_name(name))
    return fail(Code::not_found, "'", printable(name), "' is no model name");
  std::vector<std::string> files = possible_files(*this, name);
  std::erase_if(files, [](const std::string& file) { return !file_exists(file); });
  if (files.empty() && !file_exists(work_folder(name))) {
    return fail(Code::not_found, "'", name, "' is not installed");
  }
  HONE_RETURN_IF_ERROR(create());
  HONE_TRY(const std::optional<FileLock> lock, FileLock::try_lock(lock_path(name)));
  if (!lock) {
    return fail(Code::conflict, "another process is pulling '", name, "'; stop it first");
  }
  std::error_code error;
  for (const std::string& file : files) {
    fs::remove(file, error);
    if (error) {
      return std::unexpected(Error{Code::io, cat("cannot remove: ", error.message()), file});
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
  const auto has = [](const RemoteFile& file, std::string_view text) {
    return std::ranges::any_of(file.sources,
                               [&](const auto& source) { return source.text() == text; });
  };
  const size_t removed = std::erase_if(*members, [&](const Json::Member& member) {
    return has(entry, member.name) || std::ranges::any_of(entry.files, [&](const auto& file) {
             return has(file, member.name);
           });
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

// The record first: without its file it counts as nothing, so a power cut leaves no half model.
Status Store::install(InstalledModel& model) const {
  model.path = path(model.name, model.format);
  std::vector<std::string> files;
  for (InstalledFile& file : model.files) {
    file.path = path(model.name, file.format, file.role);
    files.push_back(file.path);
  }
  files.push_back(model.path);
  std::error_code ignored;
  for (const std::string& file : files) {  // an old file must not stand beside the new record
    if (file_exists(file + ".part")) fs::remove(file, ignored);
  }
  const std::string record = to_json(model).write(kJsonPretty) + "\n";
  HONE_RETURN_IF_ERROR(write_file_atomic(record_path(root_, model.name), record));
  for (const std::string& file : files) {
    if (file_exists(file + ".part")) HONE_RETURN_IF_ERROR(move_into_place(file + ".part", file));
  }
  const std::string kept = record_path(root_, model.name);
  for (const std::string& file : possible_files(*this, model.name)) {
    const bool is_new = file == kept || std::ranges::find(files, file) != files.end();
    if (!is_new) fs::remove(file, ignored);
  }
  fs::remove_all(work_folder(model.name), ignored);
  return {};
}

}  // namespace hone
