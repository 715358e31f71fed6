#include "task_files.h"

#include <algorithm>

#include "base/file.h"
#include "model_config.h"
#include "plan_cache.h"
#include "tasks/guess.h"
#include "tasks/ultralytics.h"

namespace hone::cli {
namespace {

constexpr uint64_t kMaxListFile = uint64_t{16} << 20;

Expected<Json> read_task_json(const std::string& path) {
  HONE_TRY(const std::string text, read_file(path, kMaxListFile));
  HONE_TRY_CONTEXT(Json json, Json::parse(text), path);
  return json;
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

// Beside the model, or in it.
bool has_tokenizer(const ModelFiles& files) {
  return files.file("tokenizer") != nullptr ||
         std::ranges::any_of(files.contents,
                             [](const auto& one) { return one.first == "tokenizer"; });
}

Status describe(const ModelFiles& files, const std::string& labels, const LoadedProgram& model,
                Described& made) {
  HONE_TRY(made.labels, read_labels(files, labels));
  if (made.labels.empty()) made.labels = model.labels;
  HONE_TRY(made.config, read_model_config(files));
  for (const EngineEntry& entry : model.metadata)
    made.metadata.emplace_back(entry.key, entry.value);
  made.hints = {.metadata = made.metadata,
                .classes = made.labels.size(),
                .architecture = made.config.architecture};
  if (has_tokenizer(files)) made.hints.tokenizer = ModelHints::Tokenizer::beside;
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
  HONE_TRY(made.program, load_cached_program(files, {.threads = overrides.threads}));
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

Expected<std::vector<std::string>> read_list(const std::string& path) {
  HONE_TRY(const std::string text, read_file(path, kMaxListFile));
  HONE_TRY_CONTEXT(auto list, parse_list(text), path);
  return list;
}

}  // namespace hone::cli
