#include "class_list.h"
#include "listen.h"
#include "tasks/keyword.h"
#include "tasks/wake_word.h"

namespace hone::cli {
namespace {

class WordPrinter {
 public:
  WordPrinter(const TaskRun& with, SoundName name, int rate)
      : with_(with), name_(std::move(name)), rate_(rate) {}

  Status print(std::span<const Keyword> words) {
    for (const Keyword& one : words) {
      HONE_RETURN_IF_ERROR(with_.context.console.print(line(one)));
      any_ = true;
    }
    return {};
  }

  Status finish() {
    if (any_ || with_.run.json) return {};
    return with_.context.console.print(cat(name_.heading, "no word\n"));
  }

 private:
  double seconds(int64_t samples) const { return static_cast<double>(samples) / rate_; }

  std::string line(const Keyword& one) const {
    const Class& what = one.what;
    if (!with_.run.json) {
      return cat(name_.heading, fixed(seconds(one.start), 2), " s to ", fixed(seconds(one.end), 2),
                 " s  ", printable(name_of_class(what.label, what.index)), "  ",
                 fixed(100 * what.probability, 0), " %\n");
    }
    Json json = Json::object();
    json.set("audio", name_.path);
    json.set("start", seconds(one.start));
    json.set("end", seconds(one.end));
    json.set("index", what.index);
    if (!what.label.empty()) json.set("label", what.label);
    json.set("probability", what.probability);
    return json.write() + "\n";
  }

  const TaskRun& with_;
  SoundName name_;
  int rate_;
  bool any_ = false;
};

}  // namespace

Expected<int> run_keyword(const LoadedTask& loaded, const TaskRun& with,
                          const std::vector<std::string>& sounds) {
  return listen<WordPrinter>([&] { return KeywordSpotter::create(loaded.model(), loaded.task); },
                             with, sounds);
}

Expected<int> run_wake_word(const TaskRun& with, const std::vector<std::string>& sounds) {
  BundleParts bundle(with.run.files, with.run.threads);
  WakeWordModels models;
  HONE_TRY(models.spectrogram, bundle.load_part("spectrogram"));
  HONE_TRY(models.embedding, bundle.load_part("embedding"));
  HONE_TRY(models.keyword, bundle.load_part("keyword"));
  HONE_TRY(Task task, parse_task(with.run.files.task));
  if (with.options.threshold) task.fields.set("threshold", *with.options.threshold);
  return listen<WordPrinter>([&] { return WakeWord::create(models, task); }, with, sounds);
}

}  // namespace hone::cli
