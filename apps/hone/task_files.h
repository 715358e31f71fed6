// What a task's command works on: models with their tasks, lists of input files, and where drawn
// pictures go.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "command.h"
#include "load_program.h"
#include "media/image.h"
#include "models/resolve.h"
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

// The files that words mean: a file itself, every picture or sound in a folder, or what a pattern
// with * and ? fits in its folder, by name. A pattern that fits nothing is an error.
enum class InputKind : uint8_t { picture, sound };
Expected<std::vector<std::string>> expand_inputs(const std::vector<std::string>& words,
                                                 InputKind kind);

// Calls `work` with each picture; a status line tells how far it is. With several pictures an error
// is told and the rest goes on. The exit status: that of the first error, or 0.
using PictureWork = std::function<Status(const std::string& path, Image image)>;
Expected<int> for_each_picture(const std::vector<std::string>& paths, Context& context,
                               const PictureWork& work);

// Where drawn pictures go: the file itself for one picture, else a folder of the pictures' names.
class DrawnPictures {
 public:
  // `out` may be empty: nothing is wanted. Names in a folder get that ending.
  static Expected<DrawnPictures> create(const std::string& out, size_t pictures,
                                        std::string_view ending = ".jpg");
  bool wanted() const { return !out_.empty(); }
  Status write(const std::string& picture_path, const Image& image);

 private:
  std::string out_;
  std::string ending_;
  enum class Target : uint8_t { file, folder } target_ = Target::file;
  std::set<std::string> used_;
};

}  // namespace hone::cli
