// Two graphs run on the same input, and how far their layers are apart.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "layers.h"
#include "open/load_program.h"
#include "tensor_error.h"

namespace hone::cli {

// One of the two.
struct DiffSide {
  enum class Layers : uint8_t {
    imported,  // all that the file has: nothing is fused across a layer that is compared
    planned,   // what the passes leave, as it runs
  };
  static Expected<DiffSide> open(const ModelFiles& files, Layers which, ProgramSettings settings);
  // The model without any pass, each op by itself on the plain kernels: what `open` is held
  // against.
  static Expected<DiffSide> plain(const ModelFiles& files, int threads);

  // Runs it; the values follow the model's outputs.
  Expected<std::vector<RunValue>> run(std::span<const RunValue> inputs,
                                      std::span<const ir::ValueId> values) const;

  ImportedProgram imported;  // its graph is the one whose layers are listed
  std::vector<std::string> passes_left_out;
  enum class Passes : uint8_t { done, to_do } passes = Passes::to_do;
  ProgramSettings settings;
};

struct LayerError {
  std::string name, op;  // as a calls it
  std::string name_b;    // empty if b calls it the same
  std::vector<int64_t> shape;
  TensorError error;
  bool is_output = false;
  bool jumps = false;  // above the limit, and much worse than all that it is computed from
};

struct DiffLimits {
  double relative = 0.05;  // a layer's error below it is noise
  double jump = 5;         // so many times as large as its sources' is a jump
};

struct DiffReport {
  std::vector<LayerError> layers;  // in a's order; outputs last
  size_t layers_a = 0, layers_b = 0;
  std::optional<size_t> first_jump;   // of layers
  std::optional<size_t> first_above;  // the first whose relative error is above the limit
  // Why the two are hardly one network: few layers that can be the same, or numbers that have
  // nothing to do with each other from the beginning; empty if they may be.
  std::string strangers;
};

// b's inputs are a's as b takes them: by name or else by place, in b's order of axes and b's codes.
Expected<std::vector<RunValue>> inputs_for(const ImportedProgram& b, const ImportedProgram& a,
                                           std::span<const RunValue> inputs_a);

struct DiffInputs {
  std::vector<RunValue> a, b;
};
// Layers are run in groups whose values take a bounded amount of memory; `progress` is told how
// many are done, and may end it with an error.
using DiffProgress = std::function<Status(size_t done, size_t all)>;
Expected<DiffReport> diff_models(const DiffSide& a, const DiffSide& b, const DiffInputs& inputs,
                                 const DiffLimits& limits, const DiffProgress& progress);

}  // namespace hone::cli
