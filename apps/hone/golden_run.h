// Golden samples on this device: computed for an engine that gets them, or held against it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/golden.h"
#include "models/resolve.h"
#include "tensor/tensor.h"

namespace hone::cli {

// Samples, and what their tensors lie in.
struct GoldenSet {
  EngineGolden golden;
  std::vector<Tensor> kept;

  GoldenTensor keep(Tensor tensor);
};

// Of a file, which may say what it likes.
Expected<Tensor> tensor_of(const GoldenTensor& golden);

struct SampleVerdict {
  std::string name;
  double error = 0, bound = 0;  // of the output that is nearest to its bound, or beyond it most
  std::string wrong;            // why it fails; empty: it does not
};

struct GoldenVerdict {
  std::vector<SampleVerdict> samples;
  double latency_ms = 0;      // the 95th percentile
  uint64_t memory_bytes = 0;  // the most that this process has held
  bool too_slow = false, too_large = false;

  bool passed() const;
};

struct GoldenRun {
  const ModelFiles& files;  // of an engine
  int threads = 0;
  std::function<bool()> canceled = {};
};

// Fills in what samples lack: outputs that no file gave, their bounds, a language model's answers.
Status complete_golden(const GoldenRun& run, GoldenSet& set);

// Runs each sample often enough for a percentile. Outputs that differ are a verdict, not an error.
Expected<GoldenVerdict> check_golden(const GoldenRun& run, const EngineGolden& golden);

}  // namespace hone::cli
