// Tensors on the command line: --input NAME=FILE.npy, --random, --output-dir.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "console.h"
#include "open/load_program.h"

namespace hone::cli {

// A model's inputs from files, "NAME=FILE.npy" each (NAME= may be left out if the model has one
// input); what no file gives is random if `rest` says so, else an error that lists what the model
// takes. Sizes that the model leaves open are 1 in random inputs, or what a "NAME=3x224x224" says;
// but inputs that are among the typical ones are those.
struct RandomInputs {
  bool random = false;
  uint64_t seed = 0;
  std::map<std::string, Tensor> typical = {};  // typical_inputs.h
};
Expected<std::vector<RunValue>> read_inputs(const LoadedProgram& model,
                                            std::span<const std::string> inputs,
                                            const RandomInputs& rest);

Expected<Tensor> read_tensor(const std::string& path);  // a .npy file

// "NAME.npy" of an input or output; signs other than letters, digits, '.', '-' and '_' become '_'.
std::string tensor_file_name(std::string_view name);

// One such file an output, in the folder.
Status write_outputs(const LoadedProgram& model, std::span<const RunValue> outputs,
                     const std::string& folder, Console& console);

// A table of outputs: type, least, mean, most, and the first elements.
std::string outputs_table(const LoadedProgram& model, std::span<const RunValue> outputs,
                          const Console& console);
// One JSON object: {"outputs":[{"name","dtype","shape","data"}]}.
std::string outputs_json(const LoadedProgram& model, std::span<const RunValue> outputs);

}  // namespace hone::cli
