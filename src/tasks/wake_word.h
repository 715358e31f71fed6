// wake_word: one word in sound as it comes, by three models in a row as openWakeWord has them:
// sound to rows of bands, windows of those rows to vectors, windows of vectors to a score.
#pragma once

#include <span>
#include <vector>

#include "tasks/keyword.h"
#include "tasks/task.h"
#include "tasks/task_model.h"

namespace hone {

struct WakeWordModels {
  TaskPart spectrogram;  // kind features, of samples
  TaskPart embedding;    // kind features, of rows
  TaskPart keyword;      // kind keyword, of rows
};

// A model that takes the last rows of what comes, each time when there are so many new ones.
class RowWindow {
 public:
  static Expected<RowWindow> create(const TaskPart& part, int usual_step);

  // The model's output for each window that is full with this row.
  Expected<std::vector<Rows>> push(std::span<const float> row);
  size_t frames() const { return frames_; }
  size_t step() const { return step_; }

 private:
  TaskModel model_;
  std::string output_;  // empty: the first
  size_t frames_ = 0, step_ = 0;
  std::vector<float> rows_;
  size_t count_ = 0;  // of rows_
};

// Move only; the sessions must outlive it.
class WakeWord {
 public:
  // `bundle` is the task of all three together.
  static Expected<WakeWord> create(const WakeWordModels& models, const Task& bundle);

  int rate() const { return rate_; }
  // Samples at the rate, cut anywhere; the words that are heard with them.
  Expected<std::vector<Keyword>> push(std::span<const float> samples);
  // The rest, with silence behind it.
  Expected<std::vector<Keyword>> finish();

 private:
  Status begin();
  Expected<std::vector<Keyword>> run_chunk();
  void decide(const Rows& scores, std::vector<Keyword>& heard);

  TaskPart spectrogram_;
  RowWindow embedding_, keyword_;
  Task bundle_;
  int rate_ = 16000;
  size_t samples_ = 0, context_ = 0;   // of a step of the spectrogram
  float in_scale_ = 1;                 // of samples
  float out_scale_ = 1, out_add_ = 0;  // of the spectrogram
  double threshold_ = 0.5;
  int64_t cooldown_ = 0;
  std::vector<float> chunk_;  // context, then what came so far
  int64_t at_ = 0;            // samples of the sound that were looked at
  int64_t span_ = 0;          // samples that a score is for
  int64_t quiet_until_ = 0;

  WakeWord(const WakeWordModels& models, RowWindow embedding, RowWindow keyword, Task bundle)
      : spectrogram_(models.spectrogram),
        embedding_(std::move(embedding)),
        keyword_(std::move(keyword)),
        bundle_(std::move(bundle)) {}
};

}  // namespace hone
