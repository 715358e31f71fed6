#!/usr/bin/env python3
"""hone run on videos, which ffmpeg makes here: tests/video_test.py HONE"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from small_files import message, node, tensor_info, write_png

HONE = sys.argv.pop(1)
FOLDER = tempfile.TemporaryDirectory()
HERE = pathlib.Path(FOLDER.name)
HAS_FFMPEG = shutil.which("ffmpeg") is not None and shutil.which("ffprobe") is not None


def write_model():
    """Each pixel's channels are the scores of its classes."""
    graph = message((1, node("Identity", ["picture"], "scores")), (2, "colors"), (11, tensor_info("picture", (1, 3, 2, 2))),
                    (12, tensor_info("scores", (1, 3, 2, 2))))
    (HERE / "colors.onnx").write_bytes(message((1, 8), (7, graph), (8, message((1, ""), (2, 13)))))
    (HERE / "colors.task.json").write_text(json.dumps({
        "kind": "segment", "labels": ["red", "green", "blue"],
        "input": {"width": 2, "height": 2, "layout": "nchw", "color": "rgb", "scale": 1 / 255}}))


def ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *arguments], check=True, cwd=HERE, timeout=60)


def setUpModule():
    write_model()
    write_png(HERE / "red.png", (250, 10, 20))
    if not HAS_FFMPEG:
        return
    # Half a second of red, then half a second of blue.
    ffmpeg("-f", "lavfi", "-i", "color=red:s=64x48:r=10:d=0.5", "-f", "lavfi", "-i", "color=blue:s=64x48:r=10:d=0.5",
           "-filter_complex", "concat=n=2", "-pix_fmt", "yuv420p", "clip.mp4")
    for end in ("mkv", "mov", "webm", "gif"):
        ffmpeg("-i", "clip.mp4", f"same.{end}")


def tearDownModule():
    FOLDER.cleanup()


def environment(**more):
    return {"HONE_HOME": str(HERE / "home"), "LANG": "C", "PATH": os.environ["PATH"], **more}


def hone(*arguments, **more):
    return subprocess.run([HONE, "run", "colors.onnx", *arguments], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60, env=environment(**more), check=False, cwd=HERE)


def sizes(video):
    told = subprocess.run(["ffprobe", "-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries",
                           "stream=width,height,r_frame_rate,nb_read_frames", "-of", "json", video], capture_output=True,
                          check=True, cwd=HERE, timeout=60)
    stream = json.loads(told.stdout)["streams"][0]
    return stream["width"], stream["height"], stream["r_frame_rate"], int(stream["nb_read_frames"])


def processes_with(word):
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if word in (folder / "cmdline").read_bytes().split(b"\0"):
                found.append(folder.name)
        except OSError:  # it has ended meanwhile
            pass
    return found


@unittest.skipUnless(HAS_FFMPEG, "needs ffmpeg")
class Frames(unittest.TestCase):
    def answers(self, *arguments):
        result = hone(*arguments, "--json")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return [json.loads(line) for line in result.stdout.splitlines()]

    def test_each_frame_is_a_line_with_its_number_and_time(self):
        lines = self.answers("--video", "clip.mp4")
        self.assertEqual([line["frame"] for line in lines], list(range(10)))
        self.assertEqual([line["time"] for line in lines], [round(i / 10, 6) for i in range(10)])
        self.assertEqual([line["classes"][0]["label"] for line in lines], ["red"] * 5 + ["blue"] * 5)
        self.assertEqual({line["video"] for line in lines}, {"clip.mp4"})

    def test_frames_are_left_out_as_asked(self):
        self.assertEqual([line["frame"] for line in self.answers("--video", "clip.mp4", "--every", "4")], [0, 4, 8])
        self.assertEqual([line["time"] for line in self.answers("--video", "clip.mp4", "--fps", "5")],
                         [0.0, 0.2, 0.4, 0.6, 0.8])

    def test_a_video_among_pictures_is_known_by_its_content(self):
        for end in ("mkv", "mov", "webm", "gif"):
            labels = [line["classes"][0]["label"] for line in self.answers("--image", f"same.{end}")]
            self.assertEqual(labels, ["red"] * 5 + ["blue"] * 5, end)
        shutil.copy(HERE / "clip.mp4", HERE / "clip")
        self.assertEqual(len(self.answers("clip", "red.png")), 11)

    def test_people_see_which_frame_it_is(self):
        self.assertIn("clip.mp4 frame 9 (0.90 s)\n", hone("--video", "clip.mp4").stdout)

    def test_drawn_frames_are_a_video_or_pictures(self):
        self.answers("--video", "clip.mp4", "--out", "drawn.mp4")
        self.assertEqual(sizes("drawn.mp4"), (64, 48, "10/1", 10))
        self.answers("--video", "clip.mp4", "--out", "thin.mkv", "--every", "2")
        self.assertEqual(sizes("thin.mkv"), (64, 48, "5/1", 5))
        self.answers("--video", "clip.mp4", "--out", "frames/", "--mask", "masks/", "--every", "5")
        self.assertEqual(sorted(path.name for path in (HERE / "frames").iterdir()), ["clip-000000.jpg", "clip-000005.jpg"])
        self.assertEqual(sorted(path.name for path in (HERE / "masks").iterdir()), ["clip-000000.png", "clip-000005.png"])
        self.assertEqual(list(HERE.glob("*.part.*")), [])

    def test_ffmpeg_ends_when_hone_does(self):
        ffmpeg("-f", "lavfi", "-i", "testsrc=s=320x240:r=30:d=20", "-c:v", "mpeg4", "long.avi")
        long = b"file:long.avi"
        for end in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            with subprocess.Popen([HONE, "run", "colors.onnx", "--video", "long.avi", "--out", "long.mp4", "--json"], cwd=HERE,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment()) as process:
                process.stdout.readline()
                self.assertEqual(len(processes_with(long)), 1)
                process.send_signal(end)
                process.stdout.read()
            deadline = time.monotonic() + 20
            while processes_with(long) or processes_with(b"file:long.part.mp4"):
                self.assertLess(time.monotonic(), deadline, end)
                time.sleep(0.05)


class Mistakes(unittest.TestCase):
    def told(self, arguments, status, *parts, **more):
        result = hone(*arguments, **more)
        self.assertEqual(result.returncode, status, result.stderr)
        for part in parts:
            self.assertIn(part, result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)

    def test_without_ffmpeg_it_is_told_how_to_get_it(self):
        (HERE / "some.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
        self.told(["--image", "some.mp4"], 5, "install the package 'ffmpeg'", PATH="/nowhere")

    def test_what_is_for_videos_alone_is_refused(self):
        self.told(["--image", "red.png", "--every", "2"], 2, "--every is for videos, and there is none")
        self.told(["--image", "red.png", "--fps", "2"], 2, "--fps is for videos")
        self.told(["--image", "red.png", "--out", "red.mp4"], 2, "a video is made of one video")

    @unittest.skipUnless(HAS_FFMPEG, "needs ffmpeg")
    def test_what_cannot_be_read_is_told(self):
        (HERE / "broken.mp4").write_bytes((HERE / "clip.mp4").read_bytes()[:500])
        self.told(["--video", "broken.mp4"], 4, "broken.mp4: ffmpeg cannot read the video: moov atom not found")
        self.told(["--video", "red.txt"], 3, "red.txt: no such file")
        self.told(["--video", "/dev/zero"], 2, "/dev/zero: this is no file that holds a video")
        ffmpeg("-f", "lavfi", "-i", "sine=d=0.1", "sound.mp4")
        self.told(["--video", "sound.mp4"], 4, "sound.mp4: there are no pictures in this file")
        # 8000 x 8000 pixels, says its header.
        (HERE / "large.gif").write_bytes(b"GIF89a" + b"\x40\x1f" * 2 + b"\x80\0\0" + bytes(6) + b"," + bytes(4) +
                                         b"\x40\x1f" * 2 + b"\0\x02\x02\x44\x01\0;")
        self.told(["--image", "large.gif"], 6, "large.gif: the video's pictures are too large")

    @unittest.skipUnless(HAS_FFMPEG, "needs ffmpeg")
    def test_the_video_itself_is_not_written_over(self):
        self.told(["--video", "clip.mp4", "--out", "clip.mp4"], 2, "clip.mp4: is what goes in")
        self.told(["--video", "clip.mp4", "--out", "one.jpg"], 2, "a video is many; name a folder or a video (.mp4)")


if __name__ == "__main__":
    unittest.main()
