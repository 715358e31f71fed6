// What a task's command works on: models with their tasks, and lists of names.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "console.h"
#include "models/resolve.h"
#include "open/load_program.h"
#include "tasks/task.h"
#include "tasks/task_model.h"

namespace hone::cli {

// A model ready to run, with what it is for.
struct LoadedTask {
  LoadedProgram program;
  Task task;

  TaskModel model() const;
};

struct TaskOverrides {
  std::string task;    // a file; empty: what the model's files say, or what is guessed
  std::string labels;  // likewise
  std::optional<double> threshold;
  int threads = 0;
};

// What the model is for, of what is said and of its files, or guessed.
Expected<Task> find_task(const ModelFiles& files, const TaskOverrides& overrides,
                         const LoadedProgram& model);
Expected<LoadedTask> load_task(const ModelFiles& files, const TaskOverrides& overrides);
// What a person should know of a guess, if there is something.
void tell_guess(const Task& task, Console& console);

// The parts of a bundle; each is kept, and stays where it is, as long as this lives. Move only.
class BundleParts {
 public:
  BundleParts(const ModelFiles& files, int threads) : files_(&files), threads_(threads) {}

  bool has(std::string_view role) const { return files_->part(role) != nullptr; }
  Expected<const LoadedTask*> load(std::string_view role);
  // The same as tasks take it.
  Expected<TaskPart> load_part(std::string_view role);

 private:
  const ModelFiles* files_;
  int threads_;
  std::map<std::string, LoadedTask, std::less<>> parts_;
};

// Lines of a text file, or the texts of a JSON array.
Expected<std::vector<std::string>> read_list(const std::string& path);
Expected<std::vector<std::string>> parse_list(std::string_view text);

}  // namespace hone::cli
