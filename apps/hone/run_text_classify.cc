#include "class_list.h"
#include "run_tasks.h"
#include "tasks/text_classify.h"
#include "text_tokenizer.h"
#include "texts.h"

namespace hone::cli {
namespace {

std::string classes_json(const std::string& text, std::span<const Class> classes) {
  Json object = Json::object();
  object.set("text", text);
  object.set("classes", class_list(classes));
  return object.write() + "\n";
}

}  // namespace

Expected<int> run_text_classify(const LoadedTask& loaded, const TaskRun& with) {
  HONE_TRY(const std::vector<std::string> texts, texts_of(with));
  HONE_TRY(const TextTokenizer text_tokenizer, open_tokenizer(with.run.files));
  HONE_TRY(const TextClassifyOptions options, text_classify_options(loaded.task));
  const TaskModel model = loaded.model();
  for (const std::string& text : texts) {
    if (with.context.interrupt.requested()) return fail(Code::canceled, "interrupted");
    HONE_TRY(const std::vector<int32_t> ids,
             tokens_of(text_tokenizer, text, options.input, with.context.console));
    HONE_TRY(const std::vector<Class> classes,
             classify_text(model, loaded.task, ids, static_cast<size_t>(with.options.top)));
    const std::string heading = texts.size() > 1 ? printable(text) + "\n" : "";
    HONE_RETURN_IF_ERROR(with.context.console.print(
        with.run.json ? classes_json(text, classes) : cat(heading, class_lines(classes))));
  }
  return 0;
}

}  // namespace hone::cli
