// hone run for models that take pictures, sounds or tensors.
#pragma once

#include <string>
#include <vector>

#include "command.h"

namespace hone::cli {

struct ProgramRunOptions {
  std::vector<std::string> images;
  std::vector<std::string> inputs;
  bool random = false;
  std::string output_dir;
  std::string task;
  std::string labels;
  int top = 5;

  template <class V>
  void visit(V& v) {
    v("--image", images, "a picture to look at; may be given again").as("FILE").not_empty();
    v("--input", inputs, "a tensor for an input: NAME=FILE.npy, or NAME=1x3x8x8 for random numbers")
        .as("NAME=FILE")
        .not_empty();
    v("--random", random, "random numbers for the inputs that are not given");
    v("--output-dir", output_dir, "write each output to NAME.npy in this folder").as("FOLDER");
    v("--task", task, "what the model's tensors mean, a JSON file; see docs/tasks.md")
        .as("FILE")
        .when_unset("MODEL.task.json, or guessed");
    v("--labels", labels, "names of the classes, one a line").as("FILE");
    v("--top", top, "classes to tell").between(1, 100000);
  }
};

struct ProgramRun {
  std::string path;
  std::vector<std::string> words;  // what stands behind the model
  int threads = 0;
  bool json = false;
};

Expected<int> run_program(const ProgramRun& run, const ProgramRunOptions& options,
                          Context& context);

}  // namespace hone::cli
