#include "run_program.h"

#include <algorithm>

#include "changed_options.h"
#include "input_files.h"
#include "run_check.h"
#include "run_tasks.h"
#include "show_backends.h"
#include "tensor_files.h"
#include "typical_inputs.h"

namespace hone::cli {
namespace {

Expected<int> run_tensors(const LoadedTask& loaded, const TaskRun& with) {
  HONE_RETURN_IF_ERROR(check_tensor_options(with.options, with.run.words));
  const LoadedProgram& model = loaded.program;
  RandomInputs rest{.random = with.options.random};
  if (rest.random) {
    HONE_TRY(rest.typical, typical_inputs(model, loaded.task, rest.seed));
  }
  HONE_TRY(const std::vector<RunValue> inputs, read_inputs(model, with.options.inputs, rest));
  HONE_TRY(const std::vector<RunValue> outputs, model.session->run(inputs));
  tell_fallbacks(model, with.context.console);
  if (!with.options.output_dir.empty()) {
    HONE_RETURN_IF_ERROR(
        write_outputs(model, outputs, with.options.output_dir, with.context.console));
    if (!with.run.json) return 0;
  }
  HONE_RETURN_IF_ERROR(with.context.console.print(
      with.run.json ? outputs_json(model, outputs)
                    : outputs_table(model, outputs, with.context.console)));
  return 0;
}

// What --image, --video and the words behind the model name.
Expected<PictureList> pictures_of(const TaskRun& with) {
  const ProgramRunOptions& options = with.options;
  std::vector<std::string> words = options.images;
  words.insert(words.end(), with.run.words.begin(), with.run.words.end());
  if (words.empty() && options.videos.empty()) {
    return fail(Code::invalid_argument, "give it a picture: --image FILE");
  }
  HONE_TRY(PictureList list, list_pictures(words, options.videos));
  if ((options.every || options.frames_per_second) && !list.has_videos()) {
    return fail(Code::invalid_argument, options.every ? "--every" : "--fps",
                " is for videos, and there is none");
  }
  list.every = options.every.value_or(1);
  list.frames_per_second = options.frames_per_second.value_or(0);
  return list;
}

// Likewise of --audio; none: standard input.
Expected<std::vector<std::string>> sounds_of(const TaskRun& with) {
  std::vector<std::string> words = with.options.sounds;
  words.insert(words.end(), with.run.words.begin(), with.run.words.end());
  return expand_inputs(words, InputKind::sound);
}

Expected<int> run_sounds(const LoadedTask& loaded, const TaskRun& with) {
  HONE_TRY(const std::vector<std::string> sounds, sounds_of(with));
  return loaded.task.kind == "vad" ? run_vad(loaded, with, sounds)
                                   : run_keyword(loaded, with, sounds);
}

std::unexpected<Error> no_task(const Task& task) {
  if (!task.kind.empty()) {
    return fail(Code::unsupported, "the task '", printable(task.kind),
                "' is not known here; give tensors with --input");
  }
  return fail(Code::invalid_argument,
              "what this model does is not obvious; describe it with --task (docs/tasks.md), or "
              "give tensors with --input");
}

using PictureRun = Expected<int> (*)(const LoadedTask&, const TaskRun&, const PictureList&);
// Null if the kind takes no pictures.
PictureRun picture_run(std::string_view kind) {
  if (kind == "classify") return run_classify;
  if (kind == "detect") return run_detect;
  if (kind == "segment") return run_segment;
  if (kind == "pose") return run_pose;
  return nullptr;
}

bool hears(std::string_view kind) { return kind == "vad" || kind == "keyword"; }
bool reads(std::string_view kind) { return kind == "embed" || kind == "text-classify"; }

Expected<int> run_task(const LoadedTask& loaded, const TaskRun& with) {
  const std::string& kind = loaded.task.kind;
  HONE_RETURN_IF_ERROR(check_task_options(kind, with.options));
  tell_guess(loaded.task, with.context.console);
  if (hears(kind)) return run_sounds(loaded, with);
  if (kind == "embed") return run_embed(loaded, with);
  if (kind == "text-classify") return run_text_classify(loaded, with);
  const PictureRun run = picture_run(kind);
  if (run == nullptr) return no_task(loaded.task);
  HONE_TRY(const PictureList pictures, pictures_of(with));
  return run(loaded, with, pictures);
}

Expected<int> run_bundle(const TaskRun& with) {
  const Json* named = with.run.files.task.find("kind");
  const std::string kind =
      named != nullptr && named->as_string() != nullptr ? *named->as_string() : "";
  HONE_RETURN_IF_ERROR(check_bundle_options(kind, with.run.files.name, with.options));
  if (kind == "ocr" || kind == "landmarks") {
    HONE_TRY(const PictureList pictures, pictures_of(with));
    return kind == "ocr" ? run_ocr(with, pictures) : run_landmarks(with, pictures);
  }
  if (kind == "keyword") {
    HONE_TRY(const std::vector<std::string> sounds, sounds_of(with));
    return run_wake_word(with, sounds);
  }
  return fail(Code::unsupported, "'", with.run.files.name,
              "': hone does not know how its parts work together");
}

// Whether a person wants the task, not the tensors alone.
bool wants_task(const LoadedTask& loaded, const TaskRun& with) {
  if (!with.options.inputs.empty() || with.options.random) return false;
  const Task& task = loaded.task;
  // Texts may come on standard input, unannounced.
  if (!task.kind.empty() && (!task.guessed || reads(task.kind))) return true;
  const std::vector<std::string> given = changed_options(with.options);
  return !with.run.words.empty() ||
         std::ranges::any_of(given, [](const std::string& name) { return name != "--output-dir"; });
}

}  // namespace

Expected<int> run_program(const ProgramRun& run, const ProgramRunOptions& options,
                          Context& context) {
  const TaskRun with{run, options, context};
  if (!run.files.parts.empty()) return run_bundle(with);
  HONE_TRY(const LoadedTask loaded, load_task(run.files, with.overrides()));
  if (wants_task(loaded, with)) return run_task(loaded, with);
  return run_tensors(loaded, with);
}

}  // namespace hone::cli
