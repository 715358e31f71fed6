#include "media/video.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "support/scratch_folder.h"

namespace hone {
namespace {

// A folder with a "video" and a program that stands for ffmpeg.
class Video : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(write_file_atomic(path(), "not looked at")); }

  std::string path() const { return folder_.path() + "/a video.mp4"; }
  std::string pictures() const { return folder_.path() + "/pictures.ppm"; }
  VideoOptions with_program(std::string_view script) {
    const std::string program = folder_.path() + "/program";
    EXPECT_TRUE(write_file_atomic(program, cat("#!/bin/sh\n", script, "\n")));
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    return {.ffmpeg = program};
  }
  Status write_pictures(int count, int width, int height) {
    std::string all;
    for (int i = 0; i < count; ++i) {
      all += cat("P6\n", width, " ", height, "\n255\n");
      all.append(static_cast<size_t>(3 * width * height), static_cast<char>('a' + i));
    }
    return write_file_atomic(pictures(), all);
  }

  test::ScratchFolder folder_;
};

TEST_F(Video, FramesComeInOrderWhateverThePieces) {
  ASSERT_TRUE(write_pictures(5, 200, 120));
  for (const int step : {7, 1000, 65536}) {
    const VideoOptions options =
        with_program(cat("dd bs=", step, " status=none if='", pictures(), "'"));
    int64_t seen = 0;
    const Status status =
        read_video(path(), options, [&](const Image& frame, int64_t number) -> Status {
          EXPECT_EQ(number, seen++);
          EXPECT_EQ(frame.width, 200);
          EXPECT_EQ(frame.height, 120);
          EXPECT_EQ(std::ranges::count(frame.rgb, 'a' + number), 200 * 120 * 3);
          return {};
        });
    ASSERT_TRUE(status) << status.error().text();
    EXPECT_EQ(seen, 5);
  }
}

TEST_F(Video, TheProgramIsToldWhatToDo) {
  VideoOptions options = with_program(cat("printf '%s|' \"$@\" >'", folder_.path(), "/arguments'"));
  options.frames_per_second = 2.5;
  ASSERT_TRUE(read_video(path(), options, [](const Image&, int64_t) { return Status{}; }));
  const std::string arguments = read_file(folder_.path() + "/arguments").value();
  EXPECT_TRUE(arguments.contains(cat("|-i|file:", path(), "|")));
  EXPECT_TRUE(arguments.contains("|-vf|fps=2.5|"));
  EXPECT_TRUE(arguments.contains("|-protocol_whitelist|file|"));
}

TEST_F(Video, EnoughFramesOrAnErrorEndIt) {
  ASSERT_TRUE(write_pictures(2, 20, 10));
  VideoOptions options = with_program(cat("while :; do cat '", pictures(), "'; done"));
  options.max_frames = 5;
  int64_t seen = 0;
  const Status enough = read_video(path(), options, [&](const Image&, int64_t) -> Status {
    ++seen;
    return {};
  });
  EXPECT_TRUE(enough) << enough.error().text();
  EXPECT_EQ(seen, 5);
  const Status stopped = read_video(path(), options, [](const Image&, int64_t) -> Status {
    return fail(Code::conflict, "stop here");
  });
  EXPECT_EQ(stopped.error().message, "stop here");
}

TEST_F(Video, WhatGoesWrongIsSaid) {
  const FrameSink ignore = [](const Image&, int64_t) { return Status{}; };
  const Status missing = read_video(path(), {.ffmpeg = "hone-no-such-program"}, ignore);
  EXPECT_EQ(missing.error().code, Code::unsupported);
  EXPECT_TRUE(missing.error().message.contains("install the package 'ffmpeg'"));
  EXPECT_EQ(read_video(folder_.path() + "/none.mp4", {}, ignore).error().code, Code::not_found);
  const Status bad =
      read_video(path(), with_program("echo moov atom not found >&2; exit 1"), ignore);
  EXPECT_EQ(bad.error().code, Code::corrupt);
  EXPECT_TRUE(bad.error().message.contains("moov atom not found"));
  for (const std::string_view output :
       {"P6\\n20 10\\n255\\nshort", "P6\\n20 10", "P5\\n20 10\\n255\\n", "P6\\n20\\n255\\n",
        "P6\\n90000 90000\\n255\\n", "P6\\n-1 10\\n255\\n", "P6\\n0 10\\n255\\n",
        "some text that has no end and no line breaks, which goes on and on and on and on"}) {
    EXPECT_FALSE(read_video(path(), with_program(cat("printf '", output, "'")), ignore)) << output;
  }
}

}  // namespace
}  // namespace hone
