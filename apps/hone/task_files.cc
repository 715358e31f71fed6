#include "task_files.h"

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "media/video.h"
#include "model_config.h"
#include "tasks/guess.h"
#include "tasks/ultralytics.h"

namespace hone::cli {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxListFile = uint64_t{16} << 20;
constexpr uint64_t kMaxTokenizerFile = uint64_t{64} << 20;
constexpr size_t kMaxInputs = 1'000'000;

bool has_ending(const fs::path& path, InputKind kind) {
  std::string ending = path.extension().string();
  std::ranges::transform(ending, ending.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  static constexpr std::string_view kPictures[] = {".jpg", ".jpeg", ".png", ".webp",
                                                   ".bmp", ".ppm",  ".pgm"};
  static constexpr std::string_view kSounds[] = {".wav", ".flac", ".ogg", ".opus",
                                                 ".mp3", ".aiff", ".aif"};
  if (kind == InputKind::video) return is_video_name(path.string());
  if (kind == InputKind::picture)
    return std::ranges::find(kPictures, ending) != std::end(kPictures);
  return std::ranges::find(kSounds, ending) != std::end(kSounds);
}

// * any signs, ? any one. In time of the product of the lengths.
bool fits(std::string_view pattern, std::string_view name) {
  size_t p = 0, n = 0, star = std::string_view::npos, back = 0;
  while (n < name.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n]) && pattern[p] != '*') {
      ++p;
      ++n;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      back = n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++back;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

// Names in a folder that `wanted` takes, in order.
template <class Wanted>
Expected<std::vector<std::string>> list_folder(const fs::path& folder, Wanted wanted) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code broken;  // a link that leads nowhere, or in a circle, is no file
    if (!wanted(at->path()) || !at->is_regular_file(broken)) continue;
    paths.push_back(at->path().string());
    if (paths.size() > kMaxInputs) {
      return fail(Code::limit_exceeded, folder.string(), ": more than ", kMaxInputs, " files");
    }
  }
  if (error) return fail(Code::io, folder.string(), ": cannot be listed: ", error.message());
  std::ranges::sort(paths);
  return paths;
}

Expected<std::vector<std::string>> expand_pattern(const std::string& word) {
  const fs::path path(word);
  const std::string pattern = path.filename().string();
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const auto wanted = [&](const fs::path& file) { return fits(pattern, file.filename().string()); };
  HONE_TRY(std::vector<std::string> paths, list_folder(folder, wanted));
  if (!paths.empty()) return paths;
  return fail(Code::not_found, "no file fits '", printable(word), "'");
}

Expected<Json> read_task_json(const std::string& path) {
  HONE_TRY(const std::string text, read_file(path, kMaxListFile));
  HONE_TRY_CONTEXT(Json json, Json::parse(text), path);
  return json;
}

// A JSON array of texts, or one text a line.
Expected<std::vector<std::string>> parse_list(std::string_view text) {
  if (!trim(text).starts_with('[')) return parse_labels(text);
  HONE_TRY(const Json json, Json::parse(text));
  std::vector<std::string> list;
  for (const Json& item : *json.as_array()) {
    if (item.as_string() == nullptr) return fail(Code::corrupt, "must be a list of texts");
    list.push_back(*item.as_string());
  }
  return list;
}

}  // namespace

TaskModel LoadedTask::model() const {
  TaskModel made;
  made.session = program.session.get();
  for (const ProgramValue& input : program.inputs) made.inputs.push_back(input.name);
  made.outputs = program.outputs;
  made.codes = program.codes;
  return made;
}

namespace {

// What the files beside a model and the file itself say of it.
struct Described {
  std::vector<std::string> labels;  // a file's
  ModelConfig config;
  std::vector<std::pair<std::string_view, std::string_view>> metadata;
  ModelHints hints;  // views the others
};

Expected<std::vector<std::string>> read_labels(const ModelFiles& files, const std::string& named) {
  if (!named.empty()) return read_list(named);
  HONE_TRY(const auto beside, files.read("labels", kMaxListFile));
  if (!beside) return std::vector<std::string>();
  HONE_TRY_CONTEXT(std::vector<std::string> labels, parse_list(*beside), "labels of ", files.path);
  return labels;
}

Status describe(const ModelFiles& files, const std::string& labels, const LoadedProgram& model,
                Described& made) {
  HONE_TRY(made.labels, read_labels(files, labels));
  if (made.labels.empty()) made.labels = model.labels;
  HONE_TRY(made.config, read_model_config(files));
  for (const EngineEntry& entry : model.metadata)
    made.metadata.emplace_back(entry.key, entry.value);
  HONE_TRY(const auto tokenizer, files.read("tokenizer", kMaxTokenizerFile));
  made.hints = {.metadata = made.metadata,
                .classes = made.labels.size(),
                .architecture = made.config.architecture};
  if (tokenizer) made.hints.tokenizer = ModelHints::Tokenizer::beside;
  return {};
}

// Names of the classes: a file's, the task's, or what the model or its config.json says.
void name_classes(Described& described, const TaskOverrides& overrides, Task& task) {
  const bool free = task.labels.empty() || task.guessed || !overrides.labels.empty();
  if (free && !described.labels.empty()) task.labels = std::move(described.labels);
  if (!task.labels.empty()) return;
  if (auto exported = read_ultralytics(described.hints.metadata)) {
    task.labels = std::move(exported->names);
  } else if (task.kind == "classify" || task.kind == "text-classify") {
    task.labels = std::move(described.config.labels);
  }
}

}  // namespace

Expected<Task> find_task(const ModelFiles& files, const TaskOverrides& overrides,
                         const LoadedProgram& model) {
  Json json = files.task;
  if (!overrides.task.empty()) {
    HONE_TRY(json, read_task_json(overrides.task));
  }
  Described described;
  HONE_RETURN_IF_ERROR(describe(files, overrides.labels, model, described));
  Task task;
  if (!json.is_null()) {
    HONE_TRY_CONTEXT(task, parse_task(json), "task");
  } else {
    task = guess_task(model.session->program(), described.hints);
    const bool independent = described.config.classes == ModelConfig::Classes::independent;
    if (task.kind == "text-classify" && independent) {
      const Json* guessed = task.fields.find("output");
      Json output = guessed == nullptr ? Json::object() : *guessed;
      output.set("activation", "sigmoid");
      task.fields.set("output", std::move(output));
    }
  }
  name_classes(described, overrides, task);
  if (overrides.threshold) task.fields.set("threshold", *overrides.threshold);
  return task;
}

void tell_guess(const Task& task, Console& console) {
  if (!task.note.empty()) console.note(cat("hone: ", task.note, "\n"));
}

Expected<LoadedTask> load_task(const ModelFiles& files, const TaskOverrides& overrides) {
  LoadedTask made;
  HONE_TRY(made.program, load_program(files, {.threads = overrides.threads}));
  HONE_TRY(made.task, find_task(files, overrides, made.program));
  return made;
}

Expected<const LoadedTask*> BundleParts::load(std::string_view role) {
  const ModelFiles* part = files_->part(role);
  if (part == nullptr) {
    return fail(Code::invalid_argument, "'", files_->name, "' lacks the part '", role, "'");
  }
  HONE_TRY(LoadedTask loaded, load_task(*part, {.threads = threads_}));
  return &parts_.insert_or_assign(std::string(role), std::move(loaded)).first->second;
}

Expected<TaskPart> BundleParts::load_part(std::string_view role) {
  HONE_TRY(const LoadedTask* loaded, load(role));
  return TaskPart{loaded->model(), loaded->task};
}

Expected<std::vector<std::string>> read_list(const std::string& path) {
  HONE_TRY(const std::string text, read_file(path, kMaxListFile));
  HONE_TRY_CONTEXT(auto list, parse_list(text), path);
  return list;
}

Expected<std::vector<std::string>> expand_inputs(const std::vector<std::string>& words,
                                                 InputKind kind) {
  std::vector<std::string> paths;
  for (const std::string& word : words) {
    std::error_code error;
    std::vector<std::string> more = {word};
    if (fs::is_directory(word, error)) {
      HONE_TRY(more, list_folder(word, [&](const fs::path& p) { return has_ending(p, kind); }));
      if (more.empty()) {
        constexpr std::string_view kNames[] = {"pictures", "sounds", "videos"};
        return fail(Code::not_found, word, ": no ", kNames[static_cast<size_t>(kind)],
                    " in this folder");
      }
    } else if (word.find_first_of("*?") != word.npos && !fs::exists(word, error)) {
      HONE_TRY(more, expand_pattern(word));
    }
    paths.insert(paths.end(), more.begin(), more.end());
  }
  return paths;
}

}  // namespace hone::cli
