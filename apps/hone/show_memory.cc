#include "show_memory.h"

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "memory_drawing.h"
#include "memory_report.h"
#include "model_access.h"
#include "open/load_language_model.h"
#include "typical_inputs.h"

namespace hone::cli {
namespace {

// With a prompt as long as one run takes at most.
Expected<MemoryReport> of_language_model(const MemoryShow& show) {
  HONE_TRY(LanguageModelFile file, LanguageModelFile::open(show.files));
  const auto context = static_cast<int64_t>(show.context.value_or(0));
  HONE_TRY(const LoadedLanguageModel loaded,
           load_language_model(std::move(file), {.context = context}));
  LanguageModel& model = *loaded.model;
  const std::vector<int32_t> prompt(static_cast<size_t>(std::min(model.chunk(), model.context())),
                                    0);
  HONE_TRY([[maybe_unused]] const auto logits, model.evaluate(prompt, 0));
  const Session* session = &model.session();
  return memory_report({&session, 1});
}

Expected<MemoryReport> of_program(const MemoryShow& show) {
  HONE_TRY(LoadedProgram model, load_program(show.files, {}));
  HONE_TRY(const std::vector<RunValue> inputs, usual_inputs(model, show.files, show.inputs));
  HONE_TRY([[maybe_unused]] const auto outputs, model.session->run(inputs));
  return memory_report(model.session->sessions());
}

Status write_picture(const MemoryReport& report, const std::string& title,
                     const std::string& path) {
  const std::string picture = picture_of(report, title);
  const std::string extension = std::filesystem::path(path).extension().string();
  if (extension == ".svg") return write_file_atomic(path, picture);
  if (extension != ".html") {
    return fail(Code::invalid_argument, path, ": a picture of memory is a .svg or a .html file");
  }
  return write_file_atomic(
      path, cat("<!DOCTYPE html><meta charset=\"utf-8\"><title>memory</title>\n", picture));
}

}  // namespace

Expected<int> show_memory(const MemoryShow& show, Context& context) {
  HONE_RETURN_IF_ERROR(check_output(show.out, show.files));
  HONE_TRY(const MemoryReport report,
           takes_tensors(show.files) ? of_program(show) : of_language_model(show));
  if (!show.out.empty()) {
    const std::string name = std::filesystem::path(show.files.path).filename().string();
    HONE_RETURN_IF_ERROR(write_picture(report, printable(name, 200), show.out));
    return 0;
  }
  HONE_RETURN_IF_ERROR(context.console.print(show.json ? json_of(report).write(kJsonPretty) + "\n"
                                                       : text_of(report, context.console)));
  return 0;
}

}  // namespace hone::cli
