#include "media/sound.h"

#include <algorithm>
#include <numeric>

#include "media/sound_decoder.h"

namespace hone {
namespace {

constexpr size_t kFramesAtOnce = 4096;

Expected<std::unique_ptr<SoundDecoder>> open_decoder(Bytes file) {
  if (file.empty()) return fail(Code::corrupt, "the file is empty");
  HONE_TRY(std::unique_ptr<SoundDecoder> wav, open_wav(file));
  if (wav != nullptr) return wav;
  return open_with_sndfile(file);
}

// Frames to the mean of their channels.
void mix(std::span<const float> frames, size_t channels, std::vector<float>& mono) {
  mono.resize(frames.size() / channels);
  for (size_t i = 0; i < mono.size(); ++i) {
    const auto frame = frames.subspan(i * channels, channels);
    mono[i] = std::accumulate(frame.begin(), frame.end(), 0.0f) / static_cast<float>(channels);
  }
}

}  // namespace

SoundReader::SoundReader(std::unique_ptr<SoundDecoder> decoder, Resampler resampler)
    : decoder_(std::move(decoder)),
      resampler_(std::move(resampler)),
      frame_buffer_(kFramesAtOnce * static_cast<size_t>(decoder_->channels())) {}
SoundReader::SoundReader(SoundReader&&) noexcept = default;
SoundReader& SoundReader::operator=(SoundReader&&) noexcept = default;
SoundReader::~SoundReader() = default;

Expected<SoundReader> SoundReader::open(Bytes file, int rate) {
  HONE_TRY(std::unique_ptr<SoundDecoder> decoder, open_decoder(file));
  HONE_TRY(Resampler resampler, Resampler::create(decoder->rate(), rate));
  return SoundReader(std::move(decoder), std::move(resampler));
}

Expected<SoundReader> SoundReader::open(const std::string& path, int rate) {
  HONE_TRY(MappedFile file, MappedFile::open(path));
  HONE_TRY_CONTEXT(SoundReader reader, open(file.bytes(), rate), path);
  reader.file_ = std::move(file);
  return reader;
}

Expected<std::span<const float>> SoundReader::read_mono() {
  HONE_TRY(const size_t frames, decoder_->read(frame_buffer_));
  frames_ += static_cast<int64_t>(frames);
  if (frames_ > kMaxSoundFrames) {
    return fail(Code::limit_exceeded, "the sound is longer than ",
                kMaxSoundFrames / decoder_->rate() / 3600, " hours; cut it into parts");
  }
  const auto channels = static_cast<size_t>(decoder_->channels());
  mix(std::span(frame_buffer_).first(frames * channels), channels, mono_);
  return mono_;
}

Expected<std::vector<float>> SoundReader::read() {
  while (!ended_) {
    HONE_TRY(const std::span<const float> mono, read_mono());
    ended_ = mono.empty();
    std::vector<float> samples = ended_ ? resampler_.finish() : resampler_.push(mono);
    if (!samples.empty()) return samples;
  }
  return std::vector<float>();
}

double SoundReader::missing_seconds() const {
  const int64_t missing = ended_ ? decoder_->claimed_frames() - frames_ : 0;
  return static_cast<double>(std::max<int64_t>(missing, 0)) / decoder_->rate();
}

bool begins_as_sound(Bytes begin) {
  const std::string_view text = as_text(begin);
  if (text.starts_with("RIFF"))
    return text.substr(std::min<size_t>(8, text.size())).starts_with("WAVE");
  constexpr std::string_view kStarts[] = {"fLaC", "OggS", "FORM", "ID3", "caff", "RF64"};
  return std::ranges::any_of(kStarts, [&](std::string_view s) { return text.starts_with(s); });
}

PcmStream::PcmStream(const PcmFormat& format, Resampler resampler)
    : format_(format), resampler_(std::move(resampler)) {}

Expected<PcmStream> PcmStream::create(const PcmFormat& format, int rate) {
  if (format.channels < 1 || format.channels > kMaxSoundChannels) {
    return fail(Code::invalid_argument, "raw sound with ", format.channels,
                " channels is not possible; 1 to ", kMaxSoundChannels, " are");
  }
  HONE_TRY(Resampler resampler, Resampler::create(format.rate, rate));
  return PcmStream(format, std::move(resampler));
}

std::vector<float> PcmStream::push(Bytes bytes) {
  rest_.insert(rest_.end(), bytes.begin(), bytes.end());
  const auto channels = static_cast<size_t>(format_.channels);
  const size_t frame_bytes = bytes_of(format_.samples) * channels;
  const size_t frames = rest_.size() / frame_bytes;
  std::vector<float> samples(frames * channels);
  convert_samples(format_.samples, Bytes(rest_).first(frames * frame_bytes), samples);
  rest_.erase(rest_.begin(), rest_.begin() + static_cast<ptrdiff_t>(frames * frame_bytes));
  std::vector<float> mono;
  mix(samples, channels, mono);
  return resampler_.push(mono);
}

}  // namespace hone
