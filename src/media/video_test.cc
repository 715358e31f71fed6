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
    return {.programs = {.ffmpeg = program}};
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
  const Status missing =
      read_video(path(), {.programs = {.ffmpeg = "hone-no-such-program"}}, ignore);
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

TEST_F(Video, WhatItSaysOfItselfIsAsked) {
  const auto told = [&](std::string_view streams, std::string_view format = "{}") {
    return probe_video(path(), {.ffprobe = with_program(cat("echo '{\"streams\": [", streams,
                                                            "], \"format\": ", format, "}'"))
                                               .programs.ffmpeg});
  };
  const auto usual =
      told(R"({"r_frame_rate": "30000/1001", "avg_frame_rate": "30/1", "duration": "2.5"})");
  ASSERT_TRUE(usual) << usual.error().text();
  EXPECT_DOUBLE_EQ(usual->frames_per_second, 30000.0 / 1001);
  EXPECT_EQ(usual->seconds, 2.5);
  // Milliseconds as the rate: the frames come unevenly.
  const auto uneven =
      told(R"({"r_frame_rate": "1000/1", "avg_frame_rate": "24/1"})", R"({"duration": "7"})");
  ASSERT_TRUE(uneven) << uneven.error().text();
  EXPECT_EQ(uneven->frames_per_second, 24);
  EXPECT_EQ(uneven->seconds, 7);
  const auto nothing = told(R"({"r_frame_rate": "0/0", "avg_frame_rate": "x", "duration": "nan"})");
  ASSERT_TRUE(nothing) << nothing.error().text();
  EXPECT_EQ(nothing->frames_per_second, 25);
  EXPECT_EQ(nothing->seconds, 0);
  EXPECT_TRUE(told("").error().message.contains("there are no pictures in this file"));
  EXPECT_FALSE(told("{"));
}

TEST_F(Video, WhatIsTooLargeOrNoFileIsRefused) {
  const FrameSink ignore = [](const Image&, int64_t) { return Status{}; };
  const VideoOptions large = with_program(
      "echo '[h264 @ 0x5] Picture size 9000x9000 exceeds specified max pixel count 1' >&2; exit 1");
  EXPECT_EQ(read_video(path(), large, ignore).error().code, Code::limit_exceeded);
  EXPECT_EQ(read_video("/dev/zero", {}, ignore).error().code, Code::invalid_argument);
  EXPECT_EQ(probe_video(folder_.path()).error().code, Code::invalid_argument);
}

TEST_F(Video, IsLeftWhenNobodyWantsIt) {
  VideoOptions options = with_program("sleep 30");
  options.canceled = [] { return true; };
  const Status status = read_video(path(), options, [](const Image&, int64_t) { return Status{}; });
  EXPECT_EQ(status.error().code, Code::canceled);
}

TEST_F(Video, IsKnownByItsFirstBytes) {
  using namespace std::string_view_literals;
  EXPECT_TRUE(
      is_video(as_bytes("\0\0\0\x18"
                        "ftypmp42...."sv)));
  EXPECT_TRUE(is_video(as_bytes("\x1a\x45\xdf\xa3 and so on"sv)));
  EXPECT_TRUE(is_video(as_bytes("GIF89a and so on"sv)));
  EXPECT_FALSE(
      is_video(as_bytes("\0\0\0\x18"
                        "ftypavif...."sv)));
  EXPECT_FALSE(is_video(as_bytes("\x89PNG and so on"sv)));
  EXPECT_FALSE(is_video(as_bytes("GIF8"sv)));
  EXPECT_TRUE(is_video_name("a/b.MP4"));
  EXPECT_FALSE(is_video_name("a.mp4/b"));
}

TEST_F(Video, FramesAreWrittenAndTheFileIsThereAtTheEnd) {
  const std::string out = folder_.path() + "/out.mp4";
  // Stands for ffmpeg: the last word is where the video goes.
  const VideoPrograms program = with_program("for to; do :; done; cat > \"${to#file:}\"").programs;
  auto writer = VideoWriter::create(out, 10, program);
  ASSERT_TRUE(writer) << writer.error().text();
  ASSERT_TRUE(writer->write(Image(6, 4)));
  ASSERT_TRUE(writer->write(Image(6, 4)));
  EXPECT_FALSE(writer->write(Image(4, 6)));
  EXPECT_FALSE(file_exists(out));
  ASSERT_TRUE(writer->finish());
  EXPECT_EQ(read_file(out)->size(), 2 * 6 * 4 * 3);
  EXPECT_FALSE(file_exists(folder_.path() + "/out.part.mp4"));
}

TEST_F(Video, WhatCannotBeWrittenIsTold) {
  const std::string out = folder_.path() + "/out.mp4";
  EXPECT_FALSE(VideoWriter::create(folder_.path() + "/out.jpg", 10));
  auto missing = VideoWriter::create(out, 10, {.ffmpeg = "hone-no-such-program"});
  EXPECT_EQ(missing->write(Image(6, 4)).error().code, Code::unsupported);
  {
    auto bad = VideoWriter::create(
        out, 10,
        with_program(
            "for to; do :; done; touch \"${to#file:}\"; cat >/dev/null; echo full >&2; exit 1")
            .programs);
    ASSERT_TRUE(bad->write(Image(6, 4)));
    EXPECT_TRUE(bad->finish().error().message.contains("full"));
  }
  EXPECT_FALSE(file_exists(folder_.path() + "/out.part.mp4"));
  EXPECT_FALSE(file_exists(out));
}

}  // namespace
}  // namespace hone
