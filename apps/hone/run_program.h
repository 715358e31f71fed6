// hone run for models that take pictures, sounds, texts to compare, or tensors.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "command.h"
#include "models/resolve.h"

namespace hone::cli {

struct ProgramRunOptions {
  std::vector<std::string> images;
  std::vector<std::string> videos;
  std::vector<std::string> sounds;
  std::vector<std::string> inputs;
  bool random = false;
  std::string output_dir;
  std::string out;
  std::string mask;
  std::string task;
  std::string labels;
  std::optional<double> threshold;
  int top = 5;
  int rate = 16000;
  std::optional<int> every;
  std::optional<double> frames_per_second;

  template <class V>
  void visit(V& v) {
    v("--image", images,
      "a picture, a folder of them, or a pattern ('a/**/b*.jpg'); '-': standard input; may be "
      "given "
      "again")
        .as("FILE")
        .not_empty();
    v("--video", videos,
      "a video, a folder of them, or a pattern: each frame is a picture; needs ffmpeg")
        .as("FILE")
        .not_empty();
    v("--every", every, "of a video: one frame of so many").between(1, 1000000);
    v("--fps", frames_per_second, "of a video: so many frames a second").between(0.001, 1000);
    v("--audio", sounds,
      "a sound, a folder of them, or a pattern; '-': standard input, a sound file or raw 16-bit "
      "samples")
        .as("FILE")
        .not_empty();
    v("--sample-rate", rate, "samples a second of raw sound on standard input")
        .between(1000, 768000);
    v("--input", inputs, "a tensor for an input: NAME=FILE.npy, or NAME=1x3x8x8 for random numbers")
        .as("NAME=FILE")
        .not_empty();
    v("--random", random, "random numbers for the inputs that are not given");
    v("--output-dir", output_dir, "write each output to NAME.npy in this folder").as("FOLDER");
    v("--out", out,
      "draw what was found into this picture; of several pictures a folder, of a video a folder or "
      "a video (.mp4)")
        .as("FILE")
        .not_empty();
    v("--mask", mask,
      "write the class of each pixel as a gray PNG; of several pictures or a video, a folder")
        .as("FILE")
        .not_empty();
    v("--task", task, "what the model's tensors mean, a JSON file; see docs/tasks.md")
        .as("FILE")
        .when_unset("MODEL.task.json, or guessed");
    v("--labels", labels, "names of the classes, one a line").as("FILE");
    v("--threshold", threshold, "leave out what is less sure")
        .between(0, 1)
        .when_unset("the task's");
    v("--top", top, "classes to tell").between(1, 100000);
  }
};

struct ProgramRun {
  ModelFiles files;
  std::vector<std::string> words;  // what stands behind the model
  int threads = 0;
  bool json = false;
};

Expected<int> run_program(const ProgramRun& run, const ProgramRunOptions& options,
                          Context& context);

}  // namespace hone::cli
