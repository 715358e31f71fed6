// Sound as models take it: one channel of floats at a wanted rate, from files or from raw bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/file.h"
#include "media/resample.h"

namespace hone {

// 12 hours at 48 kHz; of a file, whatever it says of itself.
inline constexpr int64_t kMaxSoundFrames = 2'100'000'000;
inline constexpr int kMaxSoundChannels = 64;

class SoundDecoder;

// A sound piece by piece, for files of any length. WAV is read here; FLAC, Ogg (Vorbis, Opus), MP3,
// AIFF and the other kinds of WAV need libsndfile, which is loaded when the first such file comes.
// Channels are averaged. A file that ends early gives what it has.
class SoundReader {
 public:
  static Expected<SoundReader> open(const std::string& path, int rate);
  // `file` must outlive the reader.
  static Expected<SoundReader> open(Bytes file, int rate);
  SoundReader(SoundReader&&) noexcept;
  SoundReader& operator=(SoundReader&&) noexcept;
  ~SoundReader();

  // Samples at that rate, of a fraction of a second; none: the end.
  Expected<std::vector<float>> read();
  // After the end: how much less there was than the file says.
  double missing_seconds() const;

 private:
  SoundReader(std::unique_ptr<SoundDecoder> decoder, Resampler resampler);
  Expected<std::span<const float>> read_mono();

  MappedFile file_;  // empty if the caller has the bytes
  std::unique_ptr<SoundDecoder> decoder_;
  Resampler resampler_;
  int64_t frames_ = 0;
  bool ended_ = false;
  std::vector<float> frame_buffer_;
  std::vector<float> mono_;
};

// Whether a file that begins so holds sound with a header of its own: WAV, FLAC, Ogg, AIFF, CAF, or
// MP3 with tags. Other bytes may be raw samples.
bool begins_as_sound(Bytes begin);

// Raw samples without a header, as microphones and ffmpeg give them on a pipe.
enum class SampleFormat : uint8_t { u8, s16le, s24le, s32le, f32le };
size_t bytes_of(SampleFormat format);
struct PcmFormat {
  SampleFormat samples = SampleFormat::s16le;
  int channels = 1;
  int rate = 16000;
};

// What stands before the samples of a plain WAV file.
struct WavStart {
  PcmFormat format;
  size_t header_bytes = 0;
  std::optional<uint64_t> data_bytes = {};  // none: until the end
};
// Of a file's first bytes: nothing if they are too few; Code::unsupported if it is no plain WAV.
Expected<std::optional<WavStart>> read_wav_start(Bytes begin);

// Takes the bytes as they come, cut anywhere. Floats that are no numbers become silence.
class PcmStream {
 public:
  // Samples come out at `rate`.
  static Expected<PcmStream> create(const PcmFormat& format, int rate);

  std::vector<float> push(Bytes bytes);
  // After the last bytes: the rest. A part of a sample at the end is dropped.
  std::vector<float> finish() { return resampler_.finish(); }

 private:
  PcmStream(const PcmFormat& format, Resampler resampler);

  PcmFormat format_;
  Resampler resampler_;
  std::vector<std::byte> rest_;
};

}  // namespace hone
