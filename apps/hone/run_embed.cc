#include <algorithm>

#include "run_tasks.h"
#include "table.h"
#include "tasks/embed.h"
#include "text_tokenizer.h"
#include "texts.h"

namespace hone::cli {
namespace {

constexpr size_t kShownTexts = 20;  // beyond, a table of all pairs helps nobody

std::string vector_json(const std::string& text, std::span<const float> vector) {
  Json list = Json::array();
  for (const float v : vector) list.push(static_cast<double>(v));
  Json object = Json::object();
  object.set("text", text);
  object.set("vector", std::move(list));
  return object.write() + "\n";
}

std::string first_numbers(std::span<const float> vector) {
  constexpr size_t kShown = 6;
  std::string text = cat(vector.size(), " numbers:");
  for (const float value : vector.first(std::min(kShown, vector.size()))) {
    text += cat(" ", fixed(static_cast<double>(value), 4));
  }
  return cat(text, vector.size() > kShown ? " ...\n" : "\n");
}

// Each text with its number, and the cosine to every other.
std::string cosine_table(std::span<const std::string> texts,
                         std::span<const std::vector<float>> vectors, const Console& console) {
  std::vector<Table::Column> columns = {{"", Align::right}};
  for (size_t i = 0; i < texts.size(); ++i) columns.push_back({cat(i + 1), Align::right});
  columns.push_back({"TEXT"});
  Table table(columns);
  for (size_t i = 0; i < texts.size(); ++i) {
    std::vector<std::string> row = {cat(i + 1)};
    for (size_t j = 0; j < texts.size(); ++j)
      row.push_back(fixed(cosine(vectors[i], vectors[j]), 3));
    row.push_back(printable(texts[i]));
    table.row(std::move(row));
  }
  return table.text_for(console);
}

}  // namespace

Expected<int> run_embed(const LoadedTask& loaded, const TaskRun& with) {
  HONE_TRY(const std::vector<std::string> texts, texts_of(with));
  HONE_TRY(const TextTokenizer text_tokenizer, open_tokenizer(with.run.files));
  HONE_TRY(const EmbedOptions options, embed_options(loaded.task));
  const TaskModel model = loaded.model();
  Console& console = with.context.console;
  std::vector<std::vector<float>> vectors;
  for (const std::string& text : texts) {
    if (with.context.interrupt.requested()) return fail(Code::canceled, "interrupted");
    HONE_TRY(const std::vector<int32_t> ids,
             tokens_of(text_tokenizer, text, options.input, console));
    HONE_TRY(std::vector<float> vector, embed(model, options, ids));
    if (with.run.json) HONE_RETURN_IF_ERROR(console.print(vector_json(text, vector)));
    vectors.push_back(std::move(vector));
  }
  if (with.run.json) return 0;
  if (texts.size() == 1) {
    HONE_RETURN_IF_ERROR(console.print(first_numbers(vectors[0])));
    console.note("hone: --json gives all of them; of several texts their likeness is told\n");
    return 0;
  }
  HONE_RETURN_IF_ERROR(console.print(cat(vectors[0].size(), " numbers a text\n")));
  if (texts.size() > kShownTexts) {
    console.note("hone: too many texts for a table; --json gives their vectors\n");
    return 0;
  }
  HONE_RETURN_IF_ERROR(console.print(cosine_table(texts, vectors, console)));
  return 0;
}

}  // namespace hone::cli
