// WAV: RIFF chunks "fmt " and "data" (Microsoft, "Multimedia Programming Interface and Data
// Specifications 1.0", and WAVEFORMATEXTENSIBLE for its successor).
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>

#include "media/sound_decoder.h"

namespace hone {
namespace {

constexpr uint16_t kPcm = 1;
constexpr uint16_t kFloat = 3;
constexpr uint16_t kExtensible = 0xfffe;
// Programs that write to a pipe do not know the size of the sound, and state one from here on.
constexpr uint64_t kUnknownSize = 0x7f000000;

std::optional<SampleFormat> sample_format(uint16_t tag, uint16_t bits) {
  if (tag == kFloat && bits == 32) return SampleFormat::f32le;
  if (tag != kPcm) return std::nullopt;
  switch (bits) {
    case 8:
      return SampleFormat::u8;
    case 16:
      return SampleFormat::s16le;
    case 24:
      return SampleFormat::s24le;
    case 32:
      return SampleFormat::s32le;
    default:
      return std::nullopt;
  }
}

// Nothing if the format is not a plain one.
std::optional<PcmFormat> read_format(Bytes chunk) {
  ByteReader reader(chunk);
  uint16_t tag = reader.u16();
  const uint16_t channels = reader.u16();
  const uint32_t rate = reader.u32();
  reader.skip(4);  // bytes a second
  const uint16_t frame_bytes = reader.u16();
  const uint16_t bits = reader.u16();
  if (tag == kExtensible) {
    reader.skip(8);
    tag = reader.u16();  // the first part of the sub-format's id
  }
  const auto samples = sample_format(tag, bits);
  if (!reader.ok() || !samples || channels < 1 || channels > kMaxSoundChannels ||
      rate > uint32_t{kMaxSoundRate} || frame_bytes != channels * bytes_of(*samples)) {
    return std::nullopt;
  }
  return PcmFormat{*samples, channels, static_cast<int>(rate)};
}

class WavDecoder : public SoundDecoder {
 public:
  WavDecoder(const WavStart& start, Bytes data)
      : SoundDecoder(start.format.rate, start.format.channels, claimed(start)),
        samples_(start.format.samples),
        rest_(data) {}

  Expected<size_t> read(std::span<float> samples) override {
    const size_t frame_bytes = bytes_of(samples_) * static_cast<size_t>(channels());
    const size_t fit = samples.size() / static_cast<size_t>(channels());
    const size_t frames = std::min(fit, rest_.size() / frame_bytes);
    convert_samples(samples_, rest_.first(frames * frame_bytes),
                    samples.first(frames * static_cast<size_t>(channels())));
    rest_ = rest_.subspan(frames * frame_bytes);
    return frames;
  }

 private:
  static int64_t claimed(const WavStart& start) {
    const size_t frame_bytes = bytes_of(start.format.samples) * size_t(start.format.channels);
    return static_cast<int64_t>(start.data_bytes.value_or(0) / frame_bytes);
  }

  SampleFormat samples_;
  Bytes rest_;
};

template <class T>
T load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

float to_float(SampleFormat format, const std::byte* from) {
  switch (format) {
    case SampleFormat::u8:
      return (load<uint8_t>(from) - 128.0f) / 128.0f;
    case SampleFormat::s16le:
      return load<int16_t>(from) / 32768.0f;
    case SampleFormat::s24le: {
      const uint32_t low = load<uint16_t>(from);
      return static_cast<float>(load<int8_t>(from + 2) * 65536 + static_cast<int32_t>(low)) *
             0x1p-23f;
    }
    case SampleFormat::s32le:
      return static_cast<float>(load<int32_t>(from)) * 0x1p-31f;
    case SampleFormat::f32le:
      break;
  }
  const auto value = load<float>(from);
  return std::isfinite(value) ? value : 0.0f;
}

}  // namespace

size_t bytes_of(SampleFormat format) {
  constexpr std::array<size_t, 5> kBytes = {1, 2, 3, 4, 4};
  return kBytes[static_cast<size_t>(format)];
}

void convert_samples(SampleFormat format, Bytes bytes, std::span<float> out) {
  const size_t size = bytes_of(format);
  for (size_t i = 0; i < out.size(); ++i) out[i] = to_float(format, bytes.data() + i * size);
}

Expected<std::optional<WavStart>> read_wav_start(Bytes begin) {
  ByteReader reader(begin);
  const auto other = [] { return fail(Code::unsupported, "this is no plain WAV file"); };
  if (begin.size() < 12) return std::optional<WavStart>();
  if (reader.text(4) != "RIFF") return other();
  reader.skip(4);
  if (reader.text(4) != "WAVE") return other();
  std::optional<WavStart> start;
  while (reader.remaining() >= 8) {
    const std::string_view name = reader.text(4);
    const uint64_t size = reader.u32();
    if (name == "data" && start) {
      start->header_bytes = begin.size() - static_cast<size_t>(reader.remaining());
      if (size < kUnknownSize) start->data_bytes = size;
      return start;
    }
    const Bytes content = reader.take(std::min(size, reader.remaining()));
    if (name == "fmt ") {
      if (content.size() < size) break;
      const auto format = read_format(content);
      if (!format) return other();
      start = WavStart{.format = *format};
    }
    reader.skip(std::min(size % 2, reader.remaining()));
  }
  return std::optional<WavStart>();
}

Expected<std::unique_ptr<SoundDecoder>> open_wav(Bytes file) {
  const auto start = read_wav_start(file);
  if (!start) return std::unique_ptr<SoundDecoder>();
  if (!*start) {
    if (!begins_as_sound(file)) return std::unique_ptr<SoundDecoder>();
    return fail(Code::corrupt, "the WAV file has no sound in it; it may be cut short");
  }
  const Bytes rest = file.subspan((*start)->header_bytes);
  const uint64_t size = std::min<uint64_t>((*start)->data_bytes.value_or(rest.size()), rest.size());
  return std::make_unique<WavDecoder>(**start, rest.first(static_cast<size_t>(size)));
}

}  // namespace hone
