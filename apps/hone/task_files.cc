#include "task_files.h"

#include "base/file.h"

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
  return made;
}

Expected<Task> find_task(const ModelFiles& files, const TaskOverrides& overrides,
                         const Program& program) {
  Json described = files.task;
  if (!overrides.task.empty()) {
    HONE_TRY(described, read_task_json(overrides.task));
  }
  Task task;
  if (described.is_null()) {
    task = guess_task(program);
  } else {
    HONE_TRY_CONTEXT(task, parse_task(described), "task");
  }
  const std::string* labels = overrides.labels.empty() ? files.file("labels") : &overrides.labels;
  if (labels != nullptr && (task.labels.empty() || !overrides.labels.empty())) {
    HONE_TRY(task.labels, read_list(*labels));
  }
  if (overrides.threshold) task.fields.set("threshold", *overrides.threshold);
  return task;
}

Expected<LoadedTask> load_task(const ModelFiles& files, const TaskOverrides& overrides) {
  LoadedTask made;
  HONE_TRY(made.program, load_program(files, {.threads = overrides.threads}));
  HONE_TRY(made.task, find_task(files, overrides, made.program.session->program()));
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
  if (!trim(text).starts_with('[')) return parse_labels(text);
  HONE_TRY_CONTEXT(const Json json, Json::parse(text), path);
  std::vector<std::string> list;
  for (const Json& item : *json.as_array()) {
    if (item.as_string() == nullptr) {
      return fail(Code::corrupt, path, ": must be a list of texts");
    }
    list.push_back(*item.as_string());
  }
  return list;
}

}  // namespace hone::cli
