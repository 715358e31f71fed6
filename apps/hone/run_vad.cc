#include "listen.h"
#include "tasks/vad.h"

namespace hone::cli {
namespace {

// Tells segments as they end.
class SegmentPrinter {
 public:
  SegmentPrinter(const TaskRun& with, SoundName name, int rate)
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
    return with_.context.console.print(cat(name_.heading, "no speech\n"));
  }

 private:
  double seconds(int64_t samples) const { return static_cast<double>(samples) / rate_; }

  std::string line(const SpeechSegment& one) const {
    const std::string start = fixed(seconds(one.start), 2), end = fixed(seconds(one.end), 2);
    if (!with_.run.json) return cat(name_.heading, start, " s to ", end, " s\n");
    Json json = Json::object();
    json.set("audio", name_.path);
    json.set("start", seconds(one.start));
    json.set("end", seconds(one.end));
    return json.write() + "\n";
  }

  const TaskRun& with_;
  SoundName name_;
  int rate_;
  bool any_ = false;
};

}  // namespace

Expected<int> run_vad(const LoadedTask& loaded, const TaskRun& with,
                      const std::vector<std::string>& sounds) {
  return listen<SegmentPrinter>([&] { return SpeechDetector::create(loaded.model(), loaded.task); },
                                with, sounds);
}

}  // namespace hone::cli
