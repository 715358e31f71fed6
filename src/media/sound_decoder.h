// What the readers of sound files share; private to media.
#pragma once

#include <memory>

#include "media/sound.h"

namespace hone {

// Frames of a file (a sample of each channel) as floats, from the first to the last.
class SoundDecoder {
 public:
  virtual ~SoundDecoder() = default;
  int rate() const { return rate_; }
  int channels() const { return channels_; }
  // That the file says it holds; 0: it does not say.
  int64_t claimed_frames() const { return claimed_frames_; }
  // Fills whole frames; fewer than fit, or none, only at the end. The number of frames.
  virtual Expected<size_t> read(std::span<float> samples) = 0;

 protected:
  SoundDecoder(int rate, int channels, int64_t claimed_frames)
      : rate_(rate), channels_(channels), claimed_frames_(claimed_frames) {}

 private:
  int rate_;
  int channels_;
  int64_t claimed_frames_;
};

// `bytes` holds whole samples, as many as `out`.
void convert_samples(SampleFormat format, Bytes bytes, std::span<float> out);

// Integers and floats in plain WAV; null if it is no such file. `file` must outlive the result.
Expected<std::unique_ptr<SoundDecoder>> open_wav(Bytes file);
// Everything that libsndfile reads. `file` must outlive the result.
Expected<std::unique_ptr<SoundDecoder>> open_with_sndfile(Bytes file);

}  // namespace hone
