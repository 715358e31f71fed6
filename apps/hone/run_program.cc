#include "run_program.h"

#include <filesystem>

#include "base/file.h"
#include "base/json.h"
#include "load_program.h"
#include "media/image.h"
#include "tasks/classify.h"
#include "tensor_files.h"

namespace hone::cli {
namespace {

constexpr uint64_t kMaxTaskFile = uint64_t{16} << 20;

Expected<std::string> read_text(const std::string& path) {
  HONE_TRY(const MappedFile file, MappedFile::open(path));
  if (file.bytes().size() > kMaxTaskFile) {
    return fail(Code::limit_exceeded, path, ": is larger than 16 MB");
  }
  return std::string(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
}

// Named, beside the model, or guessed.
Expected<Task> find_task(const ProgramRun& run, const ProgramRunOptions& options,
                         const Program& program) {
  std::string path = options.task;
  if (path.empty()) {
    const std::string beside =
        std::filesystem::path(run.path).replace_extension(".task.json").string();
    if (std::filesystem::exists(beside)) path = beside;
  }
  Task task = guess_task(program);
  if (!path.empty()) {
    HONE_TRY(const std::string text, read_text(path));
    HONE_TRY_CONTEXT(const Json json, Json::parse(text), path);
    HONE_TRY_CONTEXT(task, parse_task(json), path);
  }
  if (!options.labels.empty()) {
    HONE_TRY(const std::string text, read_text(options.labels));
    task.labels = parse_labels(text);
  }
  return task;
}

std::string class_name(const Class& one) {
  return one.label.empty() ? cat("class ", one.index) : one.label;
}

Json classes_json(const std::string& image, std::span<const Class> classes) {
  Json list = Json::array();
  for (const Class& one : classes) {
    Json item = Json::object();
    item.set("index", one.index);
    if (!one.label.empty()) item.set("label", one.label);
    item.set("probability", one.probability);
    list.push(std::move(item));
  }
  Json object = Json::object();
  object.set("image", image);
  object.set("classes", std::move(list));
  return object;
}

Expected<int> run_classify(LoadedProgram& model, const Task& task, const ProgramRun& run,
                           const ProgramRunOptions& options, Context& context) {
  for (const std::string& path : options.images) {
    if (context.interrupt.requested()) return fail(Code::canceled, "interrupted");
    HONE_TRY(const Image image, read_image(path));
    HONE_TRY_CONTEXT(const std::vector<Class> classes,
                     classify(*model.session, task, image, static_cast<size_t>(options.top)), path);
    std::string text;
    if (run.json) {
      text = classes_json(path, classes).write() + "\n";
    } else {
      if (options.images.size() > 1) text = cat(printable(path, 1000), "\n");
      for (const Class& one : classes) {
        const std::string percent = fixed(100 * one.probability, 1);
        text += cat(std::string(percent.size() < 5 ? 5 - percent.size() : 0, ' '), percent, " %  ",
                    printable(class_name(one)), "\n");
      }
    }
    HONE_RETURN_IF_ERROR(context.console.print(text));
  }
  return 0;
}

Expected<int> run_picture(LoadedProgram& model, const ProgramRun& run,
                          const ProgramRunOptions& options, Context& context) {
  HONE_TRY(const Task task, find_task(run, options, model.session->program()));
  if (task.kind == "classify") {
    if (task.guessed) {
      context.console.note(
          "hone: guessed an ImageNet classifier with the usual normalization; if the answers look "
          "wrong, say what it takes with --task\n");
    }
    return run_classify(model, task, run, options, context);
  }
  if (task.kind.empty()) {
    return fail(Code::invalid_argument,
                "what this model makes of a picture is not obvious; describe it with --task "
                "(docs/tasks.md), or give tensors with --input");
  }
  return fail(Code::unsupported, "the task '", printable(task.kind), "' is not known");
}

Expected<int> run_tensors(LoadedProgram& model, const ProgramRun& run,
                          const ProgramRunOptions& options, Context& context) {
  HONE_TRY(const std::vector<RunValue> inputs, read_inputs(model, options.inputs, options.random));
  HONE_TRY(const std::vector<RunValue> outputs, model.session->run(inputs));
  if (!options.output_dir.empty()) {
    HONE_RETURN_IF_ERROR(write_outputs(model, outputs, options.output_dir, context.console));
    if (!run.json) return 0;
  }
  HONE_RETURN_IF_ERROR(context.console.print(
      run.json ? outputs_json(model, outputs) : outputs_table(model, outputs, context.console)));
  return 0;
}

}  // namespace

Expected<int> run_program(const ProgramRun& run, const ProgramRunOptions& options,
                          Context& context) {
  if (!run.words.empty()) {
    return fail(Code::invalid_argument, "'", printable(run.words[0]),
                "': this model takes no text; give it --image FILE or --input NAME=FILE.npy");
  }
  HONE_TRY(LoadedProgram model, load_program(run.path, {.threads = run.threads}));
  if (!options.images.empty()) return run_picture(model, run, options, context);
  return run_tensors(model, run, options, context);
}

}  // namespace hone::cli
