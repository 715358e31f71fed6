// hone run, a task each.
#pragma once

#include "pictures.h"
#include "run_program.h"
#include "task_files.h"

namespace hone::cli {

struct TaskRun {
  const ProgramRun& run;
  const ProgramRunOptions& options;
  Context& context;

  TaskOverrides overrides() const {
    return {options.task, options.labels, options.threshold, run.threads};
  }
};

Expected<int> run_classify(const LoadedTask& loaded, const TaskRun& with,
                           const PictureList& pictures);
Expected<int> run_detect(const LoadedTask& loaded, const TaskRun& with,
                         const PictureList& pictures);
Expected<int> run_segment(const LoadedTask& loaded, const TaskRun& with,
                          const PictureList& pictures);
Expected<int> run_pose(const LoadedTask& loaded, const TaskRun& with, const PictureList& pictures);
// Of a bundle with the parts detect and recognize, and direction if it has one.
Expected<int> run_ocr(const TaskRun& with, const PictureList& pictures);
// Of a bundle with the parts detect and landmarks.
Expected<int> run_landmarks(const TaskRun& with, const PictureList& pictures);
// Without sounds: standard input.
Expected<int> run_vad(const LoadedTask& loaded, const TaskRun& with,
                      const std::vector<std::string>& sounds);
Expected<int> run_keyword(const LoadedTask& loaded, const TaskRun& with,
                          const std::vector<std::string>& sounds);
// Of a bundle with the parts spectrogram, embedding and keyword.
Expected<int> run_wake_word(const TaskRun& with, const std::vector<std::string>& sounds);
// Of the words.
Expected<int> run_text_classify(const LoadedTask& loaded, const TaskRun& with);
Expected<int> run_embed(const LoadedTask& loaded, const TaskRun& with);

}  // namespace hone::cli
