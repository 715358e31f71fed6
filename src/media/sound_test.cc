#include "media/sound.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "media/npy.h"

namespace hone {
namespace {

// Sounds and what libsndfile reads from them, the channels averaged: tools/make_media_goldens.py.
std::string golden(std::string_view name) {
  return cat(HONE_SOURCE_DIR "/src/media/testdata/sound/", name);
}

Expected<std::vector<float>> all_of(Expected<SoundReader> reader) {
  std::vector<float> samples;
  while (reader) {
    HONE_TRY(const std::vector<float> piece, reader->read());
    if (piece.empty()) return samples;
    samples.insert(samples.end(), piece.begin(), piece.end());
  }
  return std::unexpected(reader.error());
}
Expected<std::vector<float>> read_sound(const std::string& path, int rate) {
  return all_of(SoundReader::open(path, rate));
}
Expected<std::vector<float>> decode_sound(Bytes file, int rate) {
  return all_of(SoundReader::open(file, rate));
}

void expect_like_libsndfile(std::string_view name, double tolerance) {
  const auto sound = read_sound(golden(name), 16000);
  ASSERT_TRUE(sound) << sound.error().text();
  const NpyArray array = read_npy(golden(cat(name, ".npy"))).value();
  const PackedView<float> truth(array.bytes);
  ASSERT_EQ(sound->size(), truth.size()) << name;
  for (size_t i = 0; i < truth.size(); ++i) {
    ASSERT_NEAR((*sound)[i], truth[i], tolerance) << name << " " << i;
  }
}

std::string wav(std::string_view format, std::string_view data) {
  const auto u32 = [](size_t n) {
    std::string text(4, '\0');
    for (char& c : text) c = static_cast<char>(std::exchange(n, n >> 8) & 0xff);
    return text;
  };
  std::string body = "WAVEfmt " + u32(format.size()) + std::string(format) + "data" +
                     u32(data.size()) + std::string(data);
  return "RIFF" + u32(body.size()) + body;
}
// Mono, 16 bits, 16 kHz.
constexpr std::string_view kMono16("\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0", 16);

TEST(Sound, PlainWavIsReadLikeLibsndfile) {
  for (const std::string_view name :
       {"s16.wav", "s24.wav", "s32.wav", "u8.wav", "f32.wav", "extended.wav"}) {
    expect_like_libsndfile(name, 1e-7);
  }
}

TEST(Sound, OtherFilesAreReadByLibsndfile) {
  const auto probe = read_sound(golden("s16.flac"), 16000);
  if (!probe && probe.error().message.contains("libsndfile")) {
    GTEST_SKIP() << probe.error().text();
  }
  for (const std::string_view name : {"alaw.wav", "s16.flac", "s16.aiff"}) {
    expect_like_libsndfile(name, 1e-7);
  }
  for (const std::string_view name : {"vorbis.ogg", "opus.ogg", "layer3.mp3"}) {
    expect_like_libsndfile(name, 2e-3);  // decoders of other versions
  }
}

TEST(Sound, ComesAtTheWantedRate) {
  const auto same = read_sound(golden("s16.wav"), 16000).value();
  const auto half = read_sound(golden("s16.wav"), 8000).value();
  EXPECT_EQ(half, resample(same, 16000, 8000).value());
  EXPECT_EQ(read_sound(golden("s16.wav"), 1).error().code, Code::invalid_argument);
}

TEST(Sound, LongFilesComeInPieces) {
  std::string data;
  for (unsigned i = 0; i < 50000; ++i) data += static_cast<char>(i * i >> 3);
  const std::string file = wav(kMono16, data);
  PcmStream raw = PcmStream::create({}, 11025).value();
  std::vector<float> whole = raw.push(as_bytes(data));
  const std::vector<float> rest = raw.finish();
  whole.insert(whole.end(), rest.begin(), rest.end());
  EXPECT_EQ(whole.size(), static_cast<size_t>(std::ceil(25000.0 * 11025 / 16000)));
  EXPECT_EQ(decode_sound(as_bytes(file), 11025).value(), whole);
  SoundReader reader = SoundReader::open(as_bytes(file), 11025).value();
  while (!reader.read()->empty()) {
  }
  EXPECT_TRUE(reader.read()->empty());
}

TEST(Sound, AWavThatEndsEarlyGivesWhatItHas) {
  std::string file = wav(kMono16, std::string("\0\x40\0\xc0", 4));
  EXPECT_EQ(decode_sound(as_bytes(file), 16000).value(), (std::vector<float>{0.5f, -0.5f}));
  file.replace(file.find("data") + 4, 4, "\xff\xff\xff\xff");  // as ffmpeg writes to a pipe
  EXPECT_EQ(decode_sound(as_bytes(file), 16000).value(), (std::vector<float>{0.5f, -0.5f}));
  EXPECT_EQ(decode_sound(as_bytes(file.substr(0, file.size() - 1)), 16000).value(),
            std::vector<float>{0.5f});
}

TEST(Sound, WhatAFileSaysAndDoesNotHoldIsTold) {
  const auto missing = [](const std::string& file) {
    auto reader = SoundReader::open(as_bytes(file), 16000).value();
    while (!reader.read()->empty()) {
    }
    return reader.missing_seconds();
  };
  std::string file = wav(kMono16, std::string(32000, '\0'));
  EXPECT_EQ(missing(file), 0);
  EXPECT_EQ(missing(file.substr(0, file.size() - 16000)), 0.5);
  file.replace(file.find("data") + 4, 4, "\xff\xff\xff\xff");  // as ffmpeg writes to a pipe
  EXPECT_EQ(missing(file), 0);
  file.replace(file.find("data") + 4, 4, std::string("\0\0\0\x80", 4));  // as arecord does
  EXPECT_EQ(missing(file), 0);
}

TEST(Sound, TheStartOfAWavIsKnownAsSoonAsItIsThere) {
  const std::string file = wav(kMono16, "some data");
  const auto whole = read_wav_start(as_bytes(file));
  ASSERT_TRUE(whole && *whole);
  EXPECT_EQ(file.substr((*whole)->header_bytes), "some data");
  EXPECT_EQ((*whole)->data_bytes, 9);
  EXPECT_EQ((*whole)->format.rate, 16000);
  for (size_t size = 0; size < (*whole)->header_bytes; ++size) {
    const auto part = read_wav_start(as_bytes(file).first(size));
    EXPECT_TRUE(part && !*part) << size;
  }
  EXPECT_FALSE(read_wav_start(as_bytes("no sound at all, but a text")));
  EXPECT_TRUE(begins_as_sound(as_bytes(file)));
  EXPECT_TRUE(begins_as_sound(as_bytes("OggS")));
  EXPECT_FALSE(begins_as_sound(as_bytes("RIFF....WEBP")));
  EXPECT_FALSE(begins_as_sound({}));
}

TEST(Sound, WhatIsNoSoundIsRefused) {
  EXPECT_EQ(decode_sound({}, 16000).error().code, Code::corrupt);
  const auto text = decode_sound(as_bytes("this is some text, and no sound"), 16000);
  EXPECT_EQ(text.error().code, Code::unsupported);
  const auto missing = read_sound("/nonexistent/talk.wav", 16000);
  EXPECT_EQ(missing.error().code, Code::not_found);
  const std::string file = wav(kMono16, "");
  EXPECT_TRUE(decode_sound(as_bytes(file), 16000)->empty());
  EXPECT_FALSE(decode_sound(as_bytes(file.substr(0, 40)), 16000));
}

// Zero channels, a frame size that does not fit, no bits, a rate of 0 or beyond all measure: none
// is plain WAV, and libsndfile, which is asked next, must not take hone down.
TEST(Sound, OddWavHeadersAreHarmless) {
  for (const std::string_view format : {
           std::string_view("\x01\0\0\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0", 16),
           std::string_view("\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\0\0\x10\0", 16),
           std::string_view("\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\0\0", 16),
           std::string_view("\x01\0\x01\0\0\0\0\0\0\0\0\0\x02\0\x10\0", 16),
           std::string_view("\x01\0\x01\0\xff\xff\xff\xff\0\0\0\0\x02\0\x10\0", 16),
           std::string_view("\x01\0\xff\xff\x80\x3e\0\0\0\x7d\0\0\xfe\xff\x10\0", 16),
           std::string_view("\x01\0", 2),
       }) {
    const auto sound = decode_sound(as_bytes(wav(format, "some data of eight.")), 16000);
    EXPECT_TRUE(sound || !sound.error().message.empty());
  }
}

TEST(PcmStream, BytesMayBeCutAnywhere) {
  std::string bytes;
  for (unsigned i = 0; i < 3000; ++i) bytes += static_cast<char>(i * i >> 4);
  const PcmFormat format{SampleFormat::s24le, 2, 44100};
  PcmStream whole = PcmStream::create(format, 16000).value();
  std::vector<float> truth = whole.push(as_bytes(bytes));
  const auto truth_rest = whole.finish();
  truth.insert(truth.end(), truth_rest.begin(), truth_rest.end());
  EXPECT_EQ(truth.size(), 182u);  // 500 frames
  for (const size_t step : {size_t{1}, size_t{5}, size_t{64}}) {
    PcmStream stream = PcmStream::create(format, 16000).value();
    std::vector<float> out;
    for (size_t at = 0; at < bytes.size(); at += step) {
      const auto piece = stream.push(as_bytes(std::string_view(bytes).substr(at, step)));
      out.insert(out.end(), piece.begin(), piece.end());
    }
    const auto rest = stream.finish();
    out.insert(out.end(), rest.begin(), rest.end());
    EXPECT_EQ(out, truth) << step;
  }
}

template <class T>
std::vector<float> from_raw(SampleFormat format, const std::vector<T>& values) {
  PcmStream stream = PcmStream::create({format, 1, 16000}, 16000).value();
  return stream.push(std::as_bytes(std::span(values)));
}

TEST(PcmStream, EveryFormatHasFullScaleOne) {
  EXPECT_EQ(from_raw<uint8_t>(SampleFormat::u8, {0, 128, 192}), (std::vector<float>{-1, 0, 0.5f}));
  EXPECT_EQ(from_raw<int16_t>(SampleFormat::s16le, {-32768, 0, 16384}),
            (std::vector<float>{-1, 0, 0.5f}));
  EXPECT_EQ(from_raw<int32_t>(SampleFormat::s32le, {INT32_MIN, 0, 1 << 30}),
            (std::vector<float>{-1, 0, 0.5f}));
  EXPECT_EQ(from_raw<uint8_t>(SampleFormat::s24le, {0, 0, 0x80, 0, 0, 0x40}),
            (std::vector<float>{-1, 0.5f}));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(from_raw<float>(SampleFormat::f32le, {0.25f, nan, INFINITY, -1}),
            (std::vector<float>{0.25f, 0, 0, -1}));
}

TEST(PcmStream, ChannelsAreAveraged) {
  PcmStream stream = PcmStream::create({SampleFormat::f32le, 2, 16000}, 16000).value();
  const float frames[] = {1, 0, -1, 0.5f};
  EXPECT_EQ(stream.push(std::as_bytes(std::span(frames))), (std::vector<float>{0.5f, -0.25f}));
  EXPECT_FALSE(PcmStream::create({SampleFormat::f32le, 0, 16000}, 16000));
  EXPECT_FALSE(PcmStream::create({SampleFormat::f32le, 65, 16000}, 16000));
  EXPECT_FALSE(PcmStream::create({SampleFormat::f32le, 1, 0}, 16000));
}

}  // namespace
}  // namespace hone
