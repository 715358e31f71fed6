#include "media/sound.h"
#include "run_tasks.h"
#include "standard_input.h"
#include "tasks/vad.h"

namespace hone::cli {
namespace {

// Tells segments as they end.
class SegmentPrinter {
 public:
  SegmentPrinter(const TaskRun& with, std::string name, int rate)
      : with_(with), name_(std::move(name)), rate_(rate) {}

  Status print(std::span<const SpeechSegment> segments) {
    for (const SpeechSegment& one : segments) {
      HONE_RETURN_IF_ERROR(with_.context.console.print(line(one)));
      any_ = true;
    }
    return {};
  }

  Status finish() {
    if (any_ || with_.run.json) return {};
    return with_.context.console.print(cat(heading(), "no speech\n"));
  }

 private:
  double seconds(int64_t samples) const { return static_cast<double>(samples) / rate_; }
  std::string heading() const { return name_.empty() ? "" : cat(printable(name_, 1000), "  "); }

  std::string line(const SpeechSegment& one) const {
    const std::string start = fixed(seconds(one.start), 2), end = fixed(seconds(one.end), 2);
    if (!with_.run.json) return cat(heading(), start, " s to ", end, " s\n");
    Json json = Json::object();
    if (!name_.empty()) json.set("audio", name_);
    json.set("start", seconds(one.start));
    json.set("end", seconds(one.end));
    return json.write() + "\n";
  }

  const TaskRun& with_;
  std::string name_;
  int rate_;
  bool any_ = false;
};

Status listen_to_file(const LoadedTask& loaded, const TaskRun& with, const std::string& path,
                      std::string name) {
  HONE_TRY(SpeechDetector detector, SpeechDetector::create(loaded.model(), loaded.task));
  SegmentPrinter printer(with, std::move(name), detector.rate());
  HONE_TRY(SoundReader sound, SoundReader::open(path, detector.rate()));
  while (true) {
    if (with.context.interrupt.requested()) return fail(Code::canceled, "interrupted");
    HONE_TRY_CONTEXT(const std::vector<float> samples, sound.read(), path);
    if (samples.empty()) break;
    HONE_TRY_CONTEXT(const std::vector<SpeechSegment> ended, detector.push(samples), path);
    HONE_RETURN_IF_ERROR(printer.print(ended));
  }
  HONE_TRY_CONTEXT(const std::vector<SpeechSegment> rest, detector.finish(), path);
  HONE_RETURN_IF_ERROR(printer.print(rest));
  return printer.finish();
}

// Raw samples, as they come.
Status listen_to_input(const LoadedTask& loaded, const TaskRun& with) {
  HONE_TRY(SpeechDetector detector, SpeechDetector::create(loaded.model(), loaded.task));
  SegmentPrinter printer(with, "", detector.rate());
  HONE_TRY(PcmStream stream, PcmStream::create({.rate = with.options.rate}, detector.rate()));
  while (true) {
    HONE_TRY(const std::string bytes, read_next_input(with.context));
    if (bytes.empty()) break;
    HONE_TRY(const std::vector<SpeechSegment> ended, detector.push(stream.push(as_bytes(bytes))));
    HONE_RETURN_IF_ERROR(printer.print(ended));
  }
  HONE_TRY(const std::vector<SpeechSegment> last, detector.push(stream.finish()));
  HONE_RETURN_IF_ERROR(printer.print(last));
  HONE_TRY(const std::vector<SpeechSegment> rest, detector.finish());
  HONE_RETURN_IF_ERROR(printer.print(rest));
  return printer.finish();
}

}  // namespace

Expected<int> run_vad(const LoadedTask& loaded, const TaskRun& with,
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
