#include <cmath>

#include "answer_pictures.h"
#include "base/file.h"
#include "table.h"
#include "tasks/fields.h"
#include "tasks/ocr.h"

namespace hone::cli {
namespace {

constexpr uint64_t kMaxCharacters = uint64_t{16} << 20;

// The signs a recognizer knows, from its metadata or the file beside it.
Expected<std::vector<std::string>> find_signs(const ModelFiles& files, const LoadedTask& loaded) {
  HONE_TRY(const Fields characters, Fields::of(loaded.task.fields, "characters"));
  HONE_TRY(const std::string key, characters.text("metadata"));
  for (const EngineEntry& entry : loaded.program.metadata) {
    if (!key.empty() && entry.key == key) return signs_of(loaded.task, entry.value);
  }
  HONE_TRY(const std::string role, characters.text("file", "characters"));
  HONE_TRY(const std::optional<std::string> text, files.read(role, kMaxCharacters));
  if (!text) {
    return fail(Code::not_found, files.path, ": the signs that it reads are neither in it nor in '",
                printable(role), "' beside it; see docs/tasks.md");
  }
  return signs_of(loaded.task, *text);
}

Expected<OcrModels> open_reader(BundleParts& bundle, const TaskRun& with) {
  const ModelFiles& files = with.run.files;
  OcrModels models;
  HONE_TRY(models.detect, bundle.load_part("detect"));
  if (bundle.has("direction")) {
    HONE_TRY(models.direction, bundle.load_part("direction"));
  }
  HONE_TRY(const LoadedTask* recognize, bundle.load("recognize"));
  models.recognize = {recognize->model(), recognize->task};
  HONE_TRY(models.signs, find_signs(*files.part("recognize"), *recognize));
  HONE_TRY(models.threshold, Fields::whole(files.task).number("threshold", 0.5, 0, 1));
  if (with.options.threshold) models.threshold = *with.options.threshold;
  return models;
}

Json lines_json(std::span<const TextLine> lines) {
  Json list = Json::array();
  for (const TextLine& line : lines) {
    Json item = Json::object();
    item.set("text", line.text);
    item.set("score", static_cast<double>(line.score));
    Json quad = Json::array();
    for (const Point& point : line.quad) {
      Json pair = Json::array();
      pair.push(std::round(static_cast<double>(point.x) * 100) / 100);
      pair.push(std::round(static_cast<double>(point.y) * 100) / 100);
      quad.push(std::move(pair));
    }
    item.set("quad", std::move(quad));
    list.push(std::move(item));
  }
  Json object = Json::object();
  object.set("lines", std::move(list));
  return object;
}

std::string lines_text(std::span<const TextLine> lines, const Console& console) {
  if (lines.empty()) return "no text found\n";
  Table table({{"", Align::right},
               {"LEFT", Align::right},
               {"TOP", Align::right},
               {"SURE", Align::right},
               {"TEXT"}});
  for (size_t i = 0; i < lines.size(); ++i) {
    const Point& corner = lines[i].quad[0];
    table.row({cat(i + 1), cat(std::lround(corner.x)), cat(std::lround(corner.y)),
               cat(fixed(100 * static_cast<double>(lines[i].score), 0), " %"),
               printable(lines[i].text, 10000)});
  }
  return table.text_for(console);
}

}  // namespace

Expected<int> run_ocr(const TaskRun& with, const PictureList& pictures) {
  BundleParts bundle(with.run.files, with.run.threads);
  HONE_TRY(const OcrModels models, open_reader(bundle, with));
  return answer_pictures(pictures, with, [&](const Image& image) -> Expected<PictureAnswer> {
    HONE_TRY(const std::vector<TextLine> lines, read_text(models, image));
    return PictureAnswer{lines_json(lines), lines_text(lines, with.context.console),
                         [lines](Image& drawn) { draw_text_lines(drawn, lines); }};
  });
}

}  // namespace hone::cli
