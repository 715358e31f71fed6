#include "models/resolve.h"

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/text.h"

namespace hone {
namespace {

constexpr std::string_view kSavedModel = "saved_model.pb";
constexpr uint64_t kMaxTaskFile = uint64_t{4} << 20;
constexpr JsonLimits kTaskLimits{.bytes = kMaxTaskFile, .depth = 16, .values = 200000};

bool is_regular_file(std::string_view path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error);
}

Error saved_model(std::string folder) {
  std::string message =
      cat("this is a TensorFlow SavedModel; where TensorFlow is installed, export it to ONNX: "
          "python3 -m tf2onnx.convert --saved-model ",
          folder, " --output model.onnx");
  return {Code::unsupported, std::move(message), std::move(folder)};
}

std::unexpected<Error> not_found(std::string_view word, const Catalogue& catalogue,
                                 const Store& store) {
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::path(word) / kSavedModel, ignored)) {
    return std::unexpected(saved_model(printable(word, 1000)));
  }
  if (const auto status = std::filesystem::status(word, ignored); exists(status)) {
    const std::string_view what = is_directory(status) ? "a directory" : "no regular file";
    return std::unexpected(Error{Code::invalid_argument,
                                 cat("this is ", what, "; name a model file or a model"),
                                 printable(word)});
  }
  if (word.find('/') != word.npos || has_model_ending(word)) {
    return std::unexpected(Error{Code::not_found, "there is no such file", std::string(word)});
  }
  std::vector<std::string> words = catalogue.words();
  if (const auto installed = store.list()) {
    for (const InstalledModel& model : *installed) words.push_back(model.name);
  }
  const auto suggestion = did_you_mean(word, words);
  return fail(Code::not_found, "'", printable(word), "' is neither a file nor a known model",
              suggestion ? cat("; did you mean '", *suggestion, "'?")
                         : "; 'hone list' shows those that there are");
}

Expected<Json> read_task(const std::string& path) {
  HONE_TRY(const std::string text, read_file(path, kMaxTaskFile));
  HONE_TRY_CONTEXT(Json task, Json::parse(text, kTaskLimits), path);
  if (task.as_object() != nullptr) return task;
  return std::unexpected(Error{Code::corrupt, "a task is described by a JSON object", path});
}

Expected<ModelFiles> files_beside(const std::string& path) {
  HONE_TRY(const MappedFile file, MappedFile::open(path));
  ModelFiles files{.path = path, .format = format_of(path, file.bytes())};
  if (!files.format) {
    return std::unexpected(Error{Code::unsupported,
                                 "this is no model in a known format; GGUF, ONNX, TFLite, "
                                 "safetensors, PyTorch and compiled .hone files are read",
                                 path});
  }
  // An engine holds what it needs: a signature covers no file beside it.
  if (files.format == FileFormat::hone) return files;
  const std::filesystem::path stem = std::filesystem::path(path).replace_extension();
  if (const std::string task = stem.string() + ".task.json"; is_regular_file(task)) {
    HONE_TRY(files.task, read_task(task));
  }
  for (const FileRole& role : file_roles()) {
    for (const FileFormat format : {FileFormat::txt, FileFormat::json}) {
      std::string beside = cat(stem.string(), ".", role.name, ".", name_of(format));
      if (!is_regular_file(beside)) continue;
      files.files.emplace_back(role.name, std::move(beside));
      break;
    }
  }
  for (const std::string_view role : {"tokenizer", "config"}) {
    std::string plain = (stem.parent_path() / cat(role, ".json")).string();
    if (files.file(role) == nullptr && is_regular_file(plain)) {
      files.files.emplace_back(role, std::move(plain));
    }
  }
  return files;
}

// Nothing if a file that the entry names is missing.
std::optional<ModelFiles> files_of_installed(const InstalledModel& model,
                                             const CatalogueEntry* entry) {
  ModelFiles files{.name = model.name,
                   .path = model.path,
                   .format = model.format,
                   .architecture = model.architecture,
                   .task = model.task};
  for (const InstalledFile& file : model.files) files.files.emplace_back(file.role, file.path);
  if (entry == nullptr) return files;
  if (entry->format != model.format) return std::nullopt;
  for (const CompanionFile& file : entry->files) {
    if (files.file(file.role) == nullptr) return std::nullopt;
  }
  files.architecture = entry->architecture;
  files.task = entry->task;
  return files;
}

Expected<std::optional<ModelFiles>> files_of_bundle(const CatalogueEntry& bundle,
                                                    const Catalogue& catalogue,
                                                    const Store& store) {
  HONE_TRY(const std::vector<CataloguePart> parts, catalogue.parts_of(bundle));
  ModelFiles files{.name = bundle.name, .task = bundle.task};
  for (const CataloguePart& part : parts) {
    HONE_TRY(const auto installed, store.find(part.entry->name));
    auto of_part = installed ? files_of_installed(*installed, part.entry) : std::nullopt;
    if (!of_part) return std::nullopt;
    of_part->role = part.role;
    files.parts.push_back(std::move(*of_part));
  }
  return files;
}

}  // namespace

const std::string* ModelFiles::file(std::string_view role_of_file) const {
  for (const auto& [name_of_role, path_of_file] : files) {
    if (name_of_role == role_of_file) return &path_of_file;
  }
  return nullptr;
}

Expected<std::optional<std::string>> ModelFiles::read(std::string_view role_of_file,
                                                      uint64_t limit) const {
  if (const std::string* beside = file(role_of_file)) {
    HONE_TRY(std::string text, read_file(*beside, limit));
    return text;
  }
  const auto inside =
      std::ranges::find(contents, role_of_file, &std::pair<std::string, std::string>::first);
  return inside == contents.end() ? std::nullopt : std::optional(inside->second);
}

const ModelFiles* ModelFiles::part(std::string_view role_of_part) const {
  for (const ModelFiles& candidate : parts) {
    if (candidate.role == role_of_part) return &candidate;
  }
  return nullptr;
}

Expected<std::optional<ModelFiles>> files_of(const ResolvedModel& model, const Catalogue& catalogue,
                                             const Store& store) {
  if (model.installed) return files_of_installed(*model.installed, model.entry);
  if (!model.path.empty()) {
    const std::filesystem::path path(model.path);
    if (path.filename() == kSavedModel) {
      const std::string folder = path.parent_path().string();
      return std::unexpected(saved_model(folder.empty() ? "." : printable(folder, 1000)));
    }
    return files_beside(model.path);
  }
  if (model.entry == nullptr || !model.entry->is_bundle()) return std::nullopt;
  return files_of_bundle(*model.entry, catalogue, store);
}

Expected<ResolvedModel> resolve_model(std::string_view word, const Catalogue& catalogue,
                                      const Store& store) {
  ResolvedModel resolved;
  if (!word.empty() && is_regular_file(word)) {
    resolved.path = word;
    return resolved;
  }
  resolved.entry = word.empty() ? catalogue.default_entry() : catalogue.find(word);
  const std::string_view name = resolved.entry == nullptr ? word : resolved.entry->name;
  if (resolved.entry != nullptr && resolved.entry->is_bundle()) return resolved;
  HONE_TRY(resolved.installed, store.find(name));
  if (resolved.installed) resolved.path = resolved.installed->path;
  if (resolved.entry == nullptr && !resolved.installed) return not_found(word, catalogue, store);
  return resolved;
}

}  // namespace hone
