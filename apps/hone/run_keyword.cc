#include "class_list.h"
#include "media/sound.h"
#include "run_tasks.h"
#include "standard_input.h"
#include "tasks/keyword.h"

namespace hone::cli {
namespace {

class WordPrinter {
 public:
  WordPrinter(const TaskRun& with, std::string name, int rate)
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
    return with_.context.console.print(cat(heading(), "no word\n"));
  }

 private:
  double seconds(int64_t samples) const { return static_cast<double>(samples) / rate_; }
  std::string heading() const { return name_.empty() ? "" : cat(printable(name_, 1000), "  "); }

  std::string line(const Keyword& one) const {
    const Class& what = one.what;
    if (!with_.run.json) {
      return cat(heading(), fixed(seconds(one.start), 2), " s to ", fixed(seconds(one.end), 2),
                 " s  ", printable(name_of_class(what.label, what.index)), "  ",
                 fixed(100 * what.probability, 0), " %\n");
    }
    Json json = Json::object();
    if (!name_.empty()) json.set("audio", name_);
    json.set("start", seconds(one.start));
    json.set("end", seconds(one.end));
    json.set("index", what.index);
    if (!what.label.empty()) json.set("label", what.label);
    json.set("probability", what.probability);
    return json.write() + "\n";
  }

  const TaskRun& with_;
  std::string name_;
  int rate_;
  bool any_ = false;
};

Status listen_to_file(const LoadedTask& loaded, const TaskRun& with, const std::string& path,
                      std::string name) {
  HONE_TRY(KeywordSpotter spotter, KeywordSpotter::create(loaded.model(), loaded.task));
  WordPrinter printer(with, std::move(name), spotter.options().rate);
  HONE_TRY(SoundReader sound, SoundReader::open(path, spotter.options().rate));
  while (true) {
    if (with.context.interrupt.requested()) return fail(Code::canceled, "interrupted");
    HONE_TRY_CONTEXT(const std::vector<float> samples, sound.read(), path);
    if (samples.empty()) break;
    HONE_TRY_CONTEXT(const std::vector<Keyword> words, spotter.push(samples), path);
    HONE_RETURN_IF_ERROR(printer.print(words));
  }
  HONE_TRY_CONTEXT(const std::vector<Keyword> rest, spotter.finish(), path);
  HONE_RETURN_IF_ERROR(printer.print(rest));
  return printer.finish();
}

// Raw samples, as they come.
Status listen_to_input(const LoadedTask& loaded, const TaskRun& with) {
  HONE_TRY(KeywordSpotter spotter, KeywordSpotter::create(loaded.model(), loaded.task));
  const int rate = spotter.options().rate;
  WordPrinter printer(with, "", rate);
  HONE_TRY(PcmStream stream, PcmStream::create({.rate = with.options.rate}, rate));
  while (true) {
    HONE_TRY(const std::string bytes, read_next_input(with.context));
    if (bytes.empty()) break;
    HONE_TRY(const std::vector<Keyword> words, spotter.push(stream.push(as_bytes(bytes))));
    HONE_RETURN_IF_ERROR(printer.print(words));
  }
  HONE_TRY(const std::vector<Keyword> last, spotter.push(stream.finish()));
  HONE_RETURN_IF_ERROR(printer.print(last));
  HONE_TRY(const std::vector<Keyword> rest, spotter.finish());
  HONE_RETURN_IF_ERROR(printer.print(rest));
  return printer.finish();
}

}  // namespace

Expected<int> run_keyword(const LoadedTask& loaded, const TaskRun& with,
                          const std::vector<std::string>& sounds) {
  if (sounds.empty() || (sounds.size() == 1 && sounds[0] == "-")) {
    HONE_RETURN_IF_ERROR(listen_to_input(loaded, with));
    return 0;
  }
  for (const std::string& path : sounds) {
    HONE_RETURN_IF_ERROR(listen_to_file(loaded, with, path, sounds.size() > 1 ? path : ""));
  }
  return 0;
}

}  // namespace hone::cli
