#include "tasks/vad.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "media/resample.h"
#include "tasks/fields.h"
#include "tensor/encode.h"

namespace hone {
namespace {

constexpr int kMaxWindow = 1 << 20;
constexpr int64_t kMaxStateElements = int64_t{1} << 24;

struct Rate {
  int rate = 16000;
  int samples = 512;
  int context = 64;
};

// The one of the task's rates that is wanted, or its first.
Expected<Rate> rate_of(const Fields& input, int wanted) {
  const Json* list = input.find("rates");
  if (list == nullptr) {
    if (wanted == 0 || wanted == Rate{}.rate) return Rate{};
    return fail(Code::invalid_argument, "the model takes sound of 16000 samples a second");
  }
  if (list->as_array() == nullptr) return input.wrong("rates", "a list of objects");
  std::string known;
  for (const Json& item : *list->as_array()) {
    const Fields fields = Fields::whole(item);
    Rate rate;
    HONE_TRY(rate.rate, fields.integer("sample_rate", 16000, kMinSoundRate, kMaxSoundRate));
    HONE_TRY(rate.samples, fields.integer("samples", 512, 1, kMaxWindow));
    HONE_TRY(rate.context, fields.integer("context", 0, 0, kMaxWindow));
    if (wanted == 0 || wanted == rate.rate) return rate;
    known += cat(known.empty() ? "" : " or ", rate.rate);
  }
  return fail(Code::invalid_argument, "the model takes sound of ", known.empty() ? "no" : known,
              " samples a second");
}

Expected<VadOptions> vad_options(const Task& task, const Rate& rate) {
  constexpr double kDay = 86'400'000;
  const Fields fields = Fields::whole(task.fields);
  VadOptions options{.rate = rate.rate, .window = rate.samples};
  HONE_TRY(options.threshold, fields.number("threshold", 0.5, 0, 1));
  HONE_TRY(options.end_threshold,
           fields.number("end_threshold", std::max(options.threshold - 0.15, 0.01), 0, 1));
  HONE_TRY(options.min_speech_ms, fields.number("min_speech_ms", 250, 0, kDay));
  HONE_TRY(options.min_silence_ms, fields.number("min_silence_ms", 100, 0, kDay));
  HONE_TRY(options.pad_ms, fields.number("pad_ms", 30, 0, kDay));
  return options;
}

}  // namespace

SpeechSegmenter::SpeechSegmenter(const VadOptions& options)
    : options_(options),
      min_speech_(options.rate * options.min_speech_ms / 1000),
      min_silence_(options.rate * options.min_silence_ms / 1000),
      pad_(options.rate * options.pad_ms / 1000) {}

// Gives out what waits, with that end.
void SpeechSegmenter::release(std::vector<SpeechSegment>& done, int64_t end) {
  waiting_->end = end;
  done.push_back(*waiting_);
  waiting_.reset();
}

// The speech that goes on is over at `end`, and long enough.
void SpeechSegmenter::close(int64_t end, std::vector<SpeechSegment>& done) {
  int64_t start = *start_;
  if (last_end_ && static_cast<double>(start - *last_end_) < 2 * pad_) {
    const int64_t half = (start - *last_end_) / 2;
    if (waiting_) release(done, *last_end_ + half);
    start = std::max<int64_t>(0, start - half);
  } else {
    if (waiting_) {
      release(done, static_cast<int64_t>(static_cast<double>(waiting_end_) + pad_));
    }
    start = static_cast<int64_t>(std::max(0.0, static_cast<double>(start) - pad_));
  }
  waiting_ = SpeechSegment{start, end};
  waiting_end_ = end;
  last_end_ = end;
}

std::vector<SpeechSegment> SpeechSegmenter::push(float probability) {
  std::vector<SpeechSegment> done;
  const int64_t now = at_;
  at_ += options_.window;
  if (probability >= options_.threshold) {
    silent_since_.reset();
    if (!start_) start_ = now;
  } else if (probability < options_.end_threshold && start_) {
    if (!silent_since_) silent_since_ = now;
    if (static_cast<double>(now - *silent_since_) >= min_silence_) {
      if (static_cast<double>(*silent_since_ - *start_) > min_speech_) close(*silent_since_, done);
      start_.reset();
      silent_since_.reset();
    }
  }
  // Nothing that begins from here on comes near enough to share the silence.
  const int64_t next = start_.value_or(at_);
  if (waiting_ && static_cast<double>(next - waiting_end_) >= 2 * pad_) {
    release(done, static_cast<int64_t>(static_cast<double>(waiting_end_) + pad_));
  }
  return done;
}

std::vector<SpeechSegment> SpeechSegmenter::finish(int64_t samples) {
  std::vector<SpeechSegment> done;
  if (start_ && static_cast<double>(samples - *start_) > min_speech_) close(samples, done);
  start_.reset();
  if (waiting_) {
    const double end = static_cast<double>(waiting_end_) + pad_;
    release(done, static_cast<int64_t>(std::min(static_cast<double>(samples), end)));
  }
  return done;
}

Status SpeechDetector::prepare_inputs(const Task& task) {
  HONE_TRY(const Fields input, Fields::of(task.fields, "input"));
  HONE_TRY(const std::string sound, input.text("tensor", "input"));
  HONE_TRY(sound_input_, model_.input_index(sound));
  HONE_TRY(const Fields output, Fields::of(task.fields, "output"));
  HONE_TRY(score_output_, output.text("score", "output"));
  HONE_TRY(const std::string rate, input.text("rate_tensor"));
  if (rate.empty()) return {};
  HONE_TRY(const size_t index, model_.input_index(rate));
  const Type& type = model_.input_type(index);
  const DType dtype = type.is_tensor() ? type.tensor.dtype : DType::i64;
  HONE_TRY(Tensor tensor, Tensor::allocate(dtype, {}));
  if (dtype == DType::string) return input.wrong("rate_tensor", "an input of numbers");
  encode_element(dtype, options_.rate, tensor.writable().data);
  values_[index] = std::move(tensor);
  return {};
}

Status SpeechDetector::prepare_states(const Task& task) {
  const Json* list = task.fields.find("state");
  if (list == nullptr) return {};
  const Fields whole = Fields::whole(task.fields);
  if (list->as_array() == nullptr) return whole.wrong("state", "a list of objects");
  for (const Json& item : *list->as_array()) {
    const Fields fields = Fields::whole(item);
    State state;
    HONE_TRY(const std::string name, fields.text("input"));
    HONE_TRY(state.input, model_.input_index(name));
    HONE_TRY(state.output, fields.text("output"));
    HONE_TRY(const std::vector<int> shape, fields.integers("shape", 1, kMaxWindow));
    int64_t elements = 1;
    for (const int size : shape) elements = std::min(elements * size, kMaxStateElements + 1);
    if (shape.size() > kMaxRank || elements > kMaxStateElements) {
      return fields.wrong("shape", "smaller");
    }
    const std::vector<int64_t> sizes(shape.begin(), shape.end());
    HONE_TRY(Tensor zeros, Tensor::allocate(DType::f32, Dims(sizes)));
    values_[state.input] = std::move(zeros);
    states_.push_back(std::move(state));
  }
  return {};
}

Expected<SpeechDetector> SpeechDetector::create(TaskModel model, const Task& task, int rate) {
  HONE_TRY(const Fields input, Fields::of(task.fields, "input"));
  HONE_TRY(const Rate chosen, rate_of(input, rate));
  HONE_TRY(const VadOptions options, vad_options(task, chosen));
  SpeechDetector made(std::move(model), options);
  made.values_.resize(made.model_.inputs.size());
  made.context_ = static_cast<size_t>(chosen.context);
  made.window_.assign(made.context_, 0.0f);
  HONE_RETURN_IF_ERROR(made.prepare_inputs(task));
  HONE_RETURN_IF_ERROR(made.prepare_states(task));
  return made;
}

// Of a full window_, which keeps its last samples as the next one's context.
Expected<float> SpeechDetector::run_window() {
  const int64_t size = static_cast<int64_t>(window_.size());
  HONE_TRY(Tensor sound, Tensor::allocate(DType::f32, {1, size}));
  std::memcpy(sound.writable().data, window_.data(), window_.size() * sizeof(float));
  values_[sound_input_] = std::move(sound);
  HONE_TRY(Outputs outputs, model_.run(values_));
  for (const State& state : states_) {
    const Tensor* next = outputs.find(state.output);
    if (next == nullptr) {
      return fail(Code::invalid_argument, "the model has no output '", printable(state.output),
                  "'");
    }
    values_[state.input] = *next;
  }
  const Tensor* score = outputs.find(score_output_);
  if (score == nullptr) {
    return fail(Code::invalid_argument, "the model has no output '", printable(score_output_), "'");
  }
  HONE_TRY(const Rows rows, rows_of(*score));
  window_.erase(window_.begin(), window_.end() - static_cast<std::ptrdiff_t>(context_));
  return rows.values[0];
}

Expected<std::vector<SpeechSegment>> SpeechDetector::push(std::span<const float> samples) {
  std::vector<SpeechSegment> done;
  const size_t full = context_ + static_cast<size_t>(options_.window);
  received_ += static_cast<int64_t>(samples.size());
  while (!samples.empty()) {
    const size_t count = std::min(full - window_.size(), samples.size());
    window_.insert(window_.end(), samples.begin(),
                   samples.begin() + static_cast<std::ptrdiff_t>(count));
    samples = samples.subspan(count);
    if (window_.size() < full) break;
    HONE_TRY(const float probability, run_window());
    if (keep_ == Keep::probabilities) probabilities_.push_back(probability);
    for (const SpeechSegment& one : segmenter_.push(probability)) done.push_back(one);
  }
  return done;
}

Expected<std::vector<SpeechSegment>> SpeechDetector::finish() {
  const int64_t samples = received_;
  std::vector<SpeechSegment> done;
  if (window_.size() > context_) {
    const size_t full = context_ + static_cast<size_t>(options_.window);
    const std::vector<float> silence(full - window_.size());
    HONE_TRY(done, push(silence));
  }
  for (const SpeechSegment& one : segmenter_.finish(samples)) done.push_back(one);
  return done;
}

}  // namespace hone
