#include "run_program.h"

#include "run_tasks.h"
#include "tensor_files.h"

namespace hone::cli {
namespace {

Expected<int> run_tensors(const LoadedProgram& model, const TaskRun& with) {
  HONE_TRY(const std::vector<RunValue> inputs,
           read_inputs(model, with.options.inputs, {.random = with.options.random}));
  HONE_TRY(const std::vector<RunValue> outputs, model.session->run(inputs));
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

// What --image and the words behind the model name.
Expected<std::vector<std::string>> pictures_of(const TaskRun& with) {
  std::vector<std::string> words = with.options.images;
  words.insert(words.end(), with.run.words.begin(), with.run.words.end());
  if (!words.empty()) return expand_inputs(words, InputKind::picture);
  return fail(Code::invalid_argument, "give it a picture: --image FILE");
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

using PictureRun = Expected<int> (*)(const LoadedTask&, const TaskRun&,
                                     const std::vector<std::string>&);
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

// Whether what was given is what the task takes.
Status check_given(std::string_view kind, const ProgramRunOptions& options) {
  const std::string_view takes = hears(kind)   ? "sounds: --audio FILE"
                                 : reads(kind) ? "texts: hone run MODEL \"a sentence\" \"another\""
                                               : "pictures: --image FILE";
  if (!options.images.empty() && (hears(kind) || reads(kind))) {
    return fail(Code::invalid_argument, "--image does not go with this model; it takes ", takes);
  }
  if (!options.sounds.empty() && !hears(kind)) {
    return fail(Code::invalid_argument, "--audio does not go with this model; it takes ", takes);
  }
  return {};
}

Expected<int> run_task(const LoadedTask& loaded, const TaskRun& with) {
  const std::string& kind = loaded.task.kind;
  if (!kind.empty()) HONE_RETURN_IF_ERROR(check_given(kind, with.options));
  tell_guess(loaded.task, with.context.console);
  if (hears(kind)) return run_sounds(loaded, with);
  if (kind == "embed") return run_embed(loaded, with);
  if (kind == "text-classify") return run_text_classify(loaded, with);
  const PictureRun run = picture_run(kind);
  if (run == nullptr) return no_task(loaded.task);
  HONE_TRY(const std::vector<std::string> pictures, pictures_of(with));
  return run(loaded, with, pictures);
}

Expected<int> run_bundle(const TaskRun& with) {
  const Json* named = with.run.files.task.find("kind");
  const std::string kind =
      named != nullptr && named->as_string() != nullptr ? *named->as_string() : "";
  HONE_RETURN_IF_ERROR(check_given(kind, with.options));
  if (kind == "ocr" || kind == "landmarks") {
    HONE_TRY(const std::vector<std::string> pictures, pictures_of(with));
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
  const ProgramRunOptions& options = with.options;
  if (!options.inputs.empty() || options.random) return false;
  return !options.images.empty() || !options.sounds.empty() || !with.run.words.empty() ||
         (!loaded.task.kind.empty() && !loaded.task.guessed);
}

}  // namespace

Expected<int> run_program(const ProgramRun& run, const ProgramRunOptions& options,
                          Context& context) {
  const TaskRun with{run, options, context};
  if (!run.files.parts.empty()) return run_bundle(with);
  HONE_TRY(const LoadedTask loaded, load_task(run.files, with.overrides()));
  if (wants_task(loaded, with)) return run_task(loaded, with);
  return run_tensors(loaded.program, with);
}

}  // namespace hone::cli
