// vad: when somebody speaks, from sound as it comes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tasks/task.h"
#include "tasks/task_model.h"

namespace hone {

// In samples; end is the first one after it.
struct SpeechSegment {
  int64_t start = 0;
  int64_t end = 0;
  bool operator==(const SpeechSegment&) const = default;
};

struct VadOptions {
  double threshold = 0.5;       // speech begins at this probability
  double end_threshold = 0.35;  // and may end below this one
  double min_speech_ms = 250;   // shorter speech is left out
  double min_silence_ms = 100;  // shorter silence is part of the speech
  double pad_ms = 30;           // added on both sides
  int rate = 16000;             // samples a second
  int window = 512;             // samples that a probability is for
};

// Probabilities to segments, as get_speech_timestamps of PyPI silero-vad 6.2.3.
class SpeechSegmenter {
 public:
  explicit SpeechSegmenter(const VadOptions& options);

  // The segments that are sure with the next window's probability.
  std::vector<SpeechSegment> push(float probability);
  // The rest, of a sound of so many samples in all.
  std::vector<SpeechSegment> finish(int64_t samples);

 private:
  void close(int64_t end, std::vector<SpeechSegment>& done);
  void release(std::vector<SpeechSegment>& done, int64_t end);

  VadOptions options_;
  double min_speech_, min_silence_, pad_;  // in samples
  int64_t at_ = 0;                         // the next window's first sample
  std::optional<int64_t> start_;           // of the speech that goes on
  std::optional<int64_t> silent_since_;    // within it
  std::optional<SpeechSegment> waiting_;   // over; its end's pad depends on what follows
  int64_t waiting_end_ = 0;                // of it, before padding
  std::optional<int64_t> last_end_;        // of the segment before, unpadded
};

// Move only; the session must outlive it.
class SpeechDetector {
 public:
  // Of a task of kind vad. `rate`: one of the task's; 0: its first.
  static Expected<SpeechDetector> create(TaskModel model, const Task& task, int rate = 0);

  int rate() const { return options_.rate; }
  // Samples at that rate, cut anywhere; the segments that are over with them.
  Expected<std::vector<SpeechSegment>> push(std::span<const float> samples);
  Expected<std::vector<SpeechSegment>> finish();
  // Of all windows so far.
  const std::vector<float>& probabilities() const { return probabilities_; }
  // Whether probabilities() is filled; it grows with the sound.
  enum class Keep : uint8_t { none, probabilities };
  void keep(Keep what) { keep_ = what; }

 private:
  SpeechDetector(TaskModel model, const VadOptions& options)
      : model_(std::move(model)), options_(options), segmenter_(options) {}
  struct State {
    size_t input = 0;
    std::string output;
  };
  Status prepare_inputs(const Task& task);
  Status prepare_states(const Task& task);
  Expected<float> run_window();

  TaskModel model_;
  VadOptions options_;
  SpeechSegmenter segmenter_;
  size_t sound_input_ = 0;
  std::string score_output_;
  std::vector<State> states_;
  std::vector<RunValue> values_;  // the model's inputs
  size_t context_ = 0;            // samples of the window before that go in again
  std::vector<float> window_;     // context, then what came so far
  int64_t received_ = 0;
  Keep keep_ = Keep::none;
  std::vector<float> probabilities_;
};

}  // namespace hone
