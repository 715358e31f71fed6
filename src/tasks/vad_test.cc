// Segments against silero-vad's own code: tools/make_task_goldens.py.
#include "tasks/vad.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support/golden.h"

namespace hone {
namespace {

const test::Golden& golden() {
  static const test::Golden file =
      *test::Golden::open(cat(HONE_SOURCE_DIR, "/src/tasks/testdata/vad.golden"));
  return file;
}

VadOptions setting(size_t index) {
  const std::span<const float> row = golden().floats("settings").subspan(4 * index, 4);
  VadOptions options;
  options.threshold = std::round(static_cast<double>(row[0]) * 100) / 100;
  options.end_threshold = options.threshold - 0.15;
  options.min_speech_ms = static_cast<double>(row[1]);
  options.min_silence_ms = static_cast<double>(row[2]);
  options.pad_ms = static_cast<double>(row[3]);
  return options;
}

TEST(Vad, SegmentsAreThoseOfSileroVad) {
  for (size_t i = 0; i < 40; ++i) {
    SpeechSegmenter segmenter(setting(i % 5));
    std::vector<SpeechSegment> found;
    for (const float p : golden().floats(cat(i, ".probabilities"))) {
      for (const SpeechSegment& one : segmenter.push(p)) found.push_back(one);
    }
    for (const SpeechSegment& one : segmenter.finish(golden().ints(cat(i, ".samples"))[0])) {
      found.push_back(one);
    }
    std::vector<SpeechSegment> wanted;
    const std::span<const int32_t> segments = golden().ints(cat(i, ".segments"));
    for (size_t s = 0; s + 1 < segments.size(); s += 2) {
      wanted.push_back({segments[s], segments[s + 1]});
    }
    EXPECT_EQ(found, wanted) << i;
  }
}

TEST(Vad, SegmentsComeAsSoonAsTheyAreSure) {
  SpeechSegmenter segmenter({});
  std::vector<SpeechSegment> found;
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(segmenter.push(0.9f).empty());
  for (int i = 0; i < 5; ++i) {
    for (const SpeechSegment& one : segmenter.push(0.0f)) found.push_back(one);
  }
  EXPECT_EQ(found, (std::vector<SpeechSegment>{{0, 20 * 512 + 480}}));
  EXPECT_TRUE(segmenter.finish(25 * 512).empty());
}

TEST(Vad, SilenceAndNoSoundHaveNoSpeech) {
  SpeechSegmenter segmenter({});
  EXPECT_TRUE(segmenter.finish(0).empty());
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(segmenter.push(0.1f).empty());
  EXPECT_TRUE(segmenter.finish(51200).empty());
}

}  // namespace
}  // namespace hone
