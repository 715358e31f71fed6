// keyword: which of a few words is said, in sound as it comes, by a model that takes the features
// of a window of sound.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "tasks/classify.h"
#include "tasks/mel_features.h"
#include "tasks/task.h"
#include "tasks/task_model.h"

namespace hone {

// What was heard in a window: samples from start, the first one after it.
struct Keyword {
  int64_t start = 0;
  int64_t end = 0;
  Class what;
};

struct KeywordOptions {
  int rate = 16000;
  size_t window = 16000;  // samples that a decision is for
  size_t step = 4000;     // samples from one decision to the next
  enum class Level : uint8_t { as_is, peak } level = Level::as_is;  // peak: divided by the largest
  MelOptions features;
  // Of a model that takes integers: a feature is (code - zero) * scale.
  double code_scale = 1;
  int code_zero = 0;
  double threshold = 0.5;
  int64_t cooldown = 0;             // samples after a word in which there is no other
  std::vector<std::string> silent;  // labels that are no words: silence, unknown
};
Expected<KeywordOptions> keyword_options(const Task& task);

// Move only; the session must outlive it.
class KeywordSpotter {
 public:
  // Of a task of kind keyword. `model` has one input, which the features of a window fill.
  static Expected<KeywordSpotter> create(TaskModel model, const Task& task);

  const KeywordOptions& options() const { return options_; }
  int rate() const { return options_.rate; }
  // The best class of one window; shorter sound has silence behind it.
  Expected<Class> hear(std::span<const float> window) const;
  // Samples at the rate, cut anywhere; the words that are sure with them.
  Expected<std::vector<Keyword>> push(std::span<const float> samples);
  // The rest: a window that is not full has silence behind it, if no word was decided in it yet.
  Expected<std::vector<Keyword>> finish();

 private:
  KeywordSpotter(TaskModel model, const Task& task, KeywordOptions options)
      : model_(std::move(model)),
        task_(task),
        options_(std::move(options)),
        features_(options_.features) {}
  Status decide(std::vector<Keyword>& heard);

  TaskModel model_;
  Task task_;
  KeywordOptions options_;
  MelFeatures features_;
  std::vector<float> window_;
  int64_t start_ = 0;  // of the window
  int64_t quiet_until_ = 0;
  bool decided_ = false;  // whether any window was
};

}  // namespace hone
